/**
 * An AWS endpoint for a test file: the one `AWS_ENDPOINT_URL` names, or an emulator of its own, always behind the fault
 * proxy. The clients are the product's, made from the environment.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsClients, createAwsClients } from '../../aws/clients.ts';
import { startEmulator } from '../../local/emulator.ts';
import { type AwsFault, type AwsFaultProxy, startAwsFaultProxy } from '../support/aws-fault-proxy.ts';

export interface TestAws {
  readonly clients: AwsClients;
  /** What was called, hit by a fault and written since the last `inject`. */
  readonly calls: AwsFaultProxy['calls'];
  readonly struck: AwsFaultProxy['struck'];
  readonly writes: AwsFaultProxy['writes'];
  inject(faults: readonly AwsFault[]): void;
  stop(): Promise<void>;
}

export async function startTestAws(): Promise<TestAws> {
  const target = await testTarget();
  const proxy = await startAwsFaultProxy({ upstream: target.endpoint });
  process.env['AWS_ENDPOINT_URL'] = proxy.endpoint;
  process.env['AWS_REGION'] ??= 'eu-central-1';
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  const clients = createAwsClients();
  return {
    clients,
    calls: proxy.calls,
    struck: proxy.struck,
    writes: proxy.writes,
    inject: faults => proxy.inject(faults),
    async stop() {
      clients.destroy();
      await proxy.stop();
      await target.stop();
    },
  };
}

async function testTarget(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined) return { endpoint: given, stop: async () => {} };
  const directory = await mkdtemp(join(tmpdir(), 'aws-test-'));
  const emulator = await startEmulator({
    host: '127.0.0.1',
    port: await freePort(),
    directory,
    environment: { EMULATOR_INSYNC_MS: '300' },
  });
  return {
    endpoint: emulator.endpoint,
    async stop() {
      await emulator.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A word that no other test uses: names of stacks and zones. */
export function uniqueWord(): string {
  return `t${randomBytes(5).toString('hex')}`;
}
