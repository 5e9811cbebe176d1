/** Whatever ends `npm run local`, nothing of it stays on the machine, and its neighbour does not notice. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { probeMetadata } from '../../local/metadata-probe.ts';
import { projectRoot } from '../../local/project-root.ts';
import { livingRuns } from '../../local/run-directory.ts';
import { tracesOf, untilNoTrace } from '../support/run-traces.ts';

const RECORD = 'kafka.orders.example.com';
const START_DEADLINE_MS = 120_000;
const END_DEADLINE_MS = 30_000;

interface House {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown[]>;
  readonly runId: string;
  readonly octet: number;
  readonly directory: string;
}

test('two houses side by side: one is killed, the other works on until it is asked to end, and nothing stays of either', async () => {
  const [killed, asked] = await Promise.all([startHouse('Ready after'), startHouse('Ready after')]);
  assert.notEqual(killed.octet, asked.octet);
  for (const { runId, octet } of [killed, asked]) {
    const { processes, listeners } = await tracesOf(runId, octet);
    assert.equal(processes.filter(line => line.includes(' kafka.Kafka ')).length, 3, processes.join('\n'));
    assert.ok(listeners.length >= 9, listeners.join('\n'));
  }
  const neighbours = await tracesOf(asked.runId, asked.octet);

  killed.process.kill('SIGKILL');
  await untilNoTrace(killed.runId, killed.octet, END_DEADLINE_MS);

  assert.deepEqual(await tracesOf(asked.runId, asked.octet), neighbours);
  await works(asked);
  assert.match(await command('status'), new RegExp(`Run ${asked.runId}`));
  assert.match(await command('down', asked.runId), new RegExp(`Run ${asked.runId} has ended`));
  assert.deepEqual(await asked.ended, [0, null]);
  await untilNoTrace(asked.runId, asked.octet, 1_000);
  assert.deepEqual(
    (await readdir(asked.directory)).filter(name => !name.endsWith('.log')),
    [],
  );
});

test('a house that is interrupted while it is being built leaves nothing', async () => {
  const house = await startHouse('kafka-orders-a');
  // One Ctrl-C, as it arrives through npm.
  house.process.kill('SIGINT');
  await delay(20);
  house.process.kill('SIGINT');
  assert.deepEqual(await house.ended, [0, null]);
  await untilNoTrace(house.runId, house.octet, 1_000);
  assert.deepEqual(
    (await readdir(house.directory)).filter(name => !name.endsWith('.log')),
    [],
  );
});

/** Returns when it has said something with these words in it. */
async function startHouse(words: string): Promise<House> {
  const child = main();
  after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  const said: string[] = [];
  assert.ok(child.stdout !== null);
  const lines = createInterface({ input: child.stdout, signal: deadline });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', line => {
      said.push(line);
      if (line.includes(words)) resolve();
    });
    lines.on('close', () => reject(new Error(`It never said "${words}", but:\n${said.join('\n')}`)));
  });
  for (;;) {
    const run = (await livingRuns()).find(({ pid }) => pid === child.pid);
    if (run !== undefined) return { process: child, ended, ...run };
    deadline.throwIfAborted();
    await delay(200);
  }
}

async function command(...args: readonly string[]): Promise<string> {
  const child = main(...args);
  let said = '';
  child.stdout?.on('data', data => {
    said += String(data);
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
  return said;
}

function main(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(projectRoot(), 'local/main.ts'), ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Its name leads to its brokers. */
async function works({ octet }: House): Promise<void> {
  const resolver = new Resolver();
  resolver.setServers([`127.${octet}.0.2:5300`]);
  const [address = ''] = await resolver.resolve4(RECORD);
  assert.match(address, new RegExp(`^127\\.${octet}\\.200\\.`));
  assert.deepEqual((await probeMetadata(address, 9092))?.brokerIds, [1, 2, 3]);
}
