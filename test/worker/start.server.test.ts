/** The worker as its service manager starts it: the built program, in a process of its own, where something it needs is not there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';

const PROGRAM = join(projectRoot(), 'dist/client/main.js');
const WITHIN_MS = 60_000;

interface Ended {
  readonly code: number | null;
  /** Null unless a signal ended it; SIGKILL when it had not ended by itself. */
  readonly signal: string | null;
  readonly err: string;
}

/** Nothing of this machine's own settings reaches it. */
function startWorker(environment: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args, 'worker'], {
    env: { KAFKA_BLUEGREEN_EVIDENCE: 'file:/nowhere', HOME: '/nowhere', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  });
  const ended = Promise.all([text(child.stderr), once(child, 'close')]).then(
    ([err, [code, signal]]): Ended => ({ code, signal, err }),
  );
  return { child, ended };
}

describe('a worker that cannot start', { concurrency: true }, () => {
  test('says that Temporal is away, and ends with 6, to be started again', async () => {
    const { code, err } = await startWorker({}, '--address', '127.0.0.1:1').ended;
    assert.match(
      err,
      /^The worker cannot start\. Temporal cannot be reached at 127\.0\.0\.1:1\. Set TEMPORAL_ADDRESS.*\n$/,
    );
    assert.equal(code, 6);
  });

  test('names the secret that is missing, and ends with 2', async () => {
    const security = { sasl: { mechanism: 'PLAIN', username: 'env:NOBODY_SET_THIS', password: 'env:NOR_THIS' } };
    const { code, err } = await startWorker({ KAFKA_BLUEGREEN_KAFKA_SECURITY: JSON.stringify(security) }).ended;
    assert.match(
      err,
      /^The worker cannot start\. The secret env:NOBODY_SET_THIS is not set where the worker runs; set it/,
    );
    assert.equal(code, 2);
  });

  test('says which settings of Temporal cannot be used, and ends with 2', async () => {
    const { code, err } = await startWorker({ TEMPORAL_PROFILE: 'absent' }).ended;
    assert.match(
      err,
      /^The worker cannot start\. The settings for Temporal .*'absent' not found.*Check TEMPORAL_PROFILE/,
    );
    assert.equal(code, 2);
  });

  test('ends at SIGTERM while it still waits for Temporal to answer', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { child, ended } = startWorker({ TEMPORAL_ADDRESS: address });
    const [socket] = await asked;
    child.kill('SIGTERM');
    const { code, err } = await ended;
    socket.destroy();
    silent.close();
    assert.deepEqual({ code, err }, { code: 0, err: 'The worker ends before it began: SIGTERM.\n' });
  });
});
