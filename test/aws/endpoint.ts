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
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { type AwsClients, createAwsClients } from '../../aws/clients.ts';
import { startEmulator } from '../../local/emulator.ts';
import { type AwsFault, type AwsFaultProxy, startAwsFaultProxy } from '../support/aws-fault-proxy.ts';

export interface TestAws {
  /** Through the proxy. */
  readonly clients: AwsClients;
  /** Past the proxy: to look, and to act as somebody else. */
  readonly observer: AwsClients;
  /** Past the proxy. */
  readonly endpoint: string;
  /** Clients in this role, through the proxy. */
  as(roleArn: string): Promise<AwsClients>;
  /** What was called, hit by a fault and written since the last `inject`. */
  readonly calls: AwsFaultProxy['calls'];
  readonly struck: AwsFaultProxy['struck'];
  readonly writes: AwsFaultProxy['writes'];
  inject(faults: readonly AwsFault[]): void;
  stop(): Promise<void>;
}

/** `environment` shapes an emulator of its own. */
export async function startTestAws(environment: Readonly<Record<string, string>> = {}): Promise<TestAws> {
  const target = await testTarget(environment);
  const proxy = await startAwsFaultProxy({ upstream: target.endpoint });
  process.env['AWS_REGION'] ??= 'eu-central-1';
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  process.env['AWS_ENDPOINT_URL'] = proxy.endpoint;
  const observer = clientsOf(target.endpoint);
  const clients = createAwsClients();
  return {
    clients,
    observer,
    endpoint: target.endpoint,
    async as(RoleArn) {
      const { Credentials } = await observer.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken } = Credentials ?? {};
      return clientsOf(proxy.endpoint, {
        accessKeyId,
        secretAccessKey,
        ...(SessionToken !== undefined && { sessionToken: SessionToken }),
      });
    },
    calls: proxy.calls,
    struck: proxy.struck,
    writes: proxy.writes,
    inject: faults => proxy.inject(faults),
    async stop() {
      clients.destroy();
      observer.destroy();
      await proxy.stop();
      await target.stop();
    },
  };
}

function clientsOf(endpoint: string, credentials?: AwsCredentialIdentity): AwsClients {
  const configuration = { endpoint, ...(credentials && { credentials }) };
  const clients = {
    route53: new Route53Client(configuration),
    cloudFormation: new CloudFormationClient(configuration),
    elb: new ElasticLoadBalancingV2Client(configuration),
    ec2: new EC2Client(configuration),
    sts: new STSClient(configuration),
  };
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

async function testTarget(
  environment: Readonly<Record<string, string>>,
): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined) return { endpoint: given, stop: async () => {} };
  const directory = await mkdtemp(join(tmpdir(), 'aws-test-'));
  const emulator = await startEmulator({
    host: '127.0.0.1',
    port: await freePort(),
    directory,
    environment: { EMULATOR_INSYNC_MS: '300', ...environment },
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
