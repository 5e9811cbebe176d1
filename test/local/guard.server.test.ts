import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { RUN_VARIABLE } from '../../local/guard.ts';
import { temporaryDirectory } from '../support/cluster.ts';
import { tracesOf, untilNoTrace } from '../support/run-traces.ts';

const DEADLINE_MS = 20_000;

test('what a process started ends with it, killed by any signal, and only that', async () => {
  const directory = await temporaryDirectory('guard-');
  const starters = await Promise.all([startStarter(join(directory, 'a')), startStarter(join(directory, 'b'))]);
  const [first, second] = starters;
  for (const { run } of starters) {
    const { processes, listeners } = await tracesOf(run.runId, run.octet);
    assert.ok(processes.length >= 5, processes.join('\n'));
    assert.ok(listeners.length >= 3, listeners.join('\n'));
  }
  const before = await tracesOf(second.run.runId, second.run.octet);
  first.child.kill('SIGKILL');
  await untilNoTrace(first.run.runId, first.run.octet, DEADLINE_MS);
  assert.deepEqual(await tracesOf(second.run.runId, second.run.octet), before);
  second.child.kill('SIGTERM');
  await untilNoTrace(second.run.runId, second.run.octet, DEADLINE_MS);
});

test('what a process of a run starts under a guard of its own ends with the outer run too', async () => {
  const directory = await temporaryDirectory('guard-');
  const { child, run } = await startStarter(directory, { [RUN_VARIABLE]: 'outer-run' });
  assert.match(run.runId, /^outer-run\//);
  child.kill('SIGINT');
  await untilNoTrace('outer-run', run.octet, DEADLINE_MS);
});

async function startStarter(directory: string, environment: Record<string, string> = {}) {
  const script = join(import.meta.dirname, 'guarded-starter.ts');
  const child = spawn(process.execPath, [script, directory], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const run: unknown = JSON.parse(String(line));
  assert.ok(typeof run === 'object' && run !== null && 'runId' in run && 'octet' in run);
  return { child, run: { runId: String(run.runId), octet: Number(run.octet) } };
}
