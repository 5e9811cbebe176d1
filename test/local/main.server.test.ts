/** `npm run local` as a person uses it: it says what is where, a shell can follow, and one command ends it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parseRequest } from '../../contract/request.ts';
import { projectRoot } from '../../local/project-root.ts';
import { until } from '../../local/until.ts';

const MAIN = join(projectRoot(), 'local/main.ts');
const LOCAL = join(projectRoot(), '.local');
const READY_WITHIN_MS = 120_000;
const run = promisify(execFile);

describe('npm run local', () => {
  let child: ChildProcess;
  let printed = '';
  let runId = '';

  before(async () => {
    child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    }
    const failed = () => (child.exitCode === null ? null : `it ended:\n${printed}`);
    await until('It is ready', () => /^Ready after/m.test(printed), { withinMs: READY_WITHIN_MS, failed });
    runId = /^Run (\w+)/m.exec(printed)?.[1] ?? '';
  });
  after(() => void child.kill('SIGTERM'));

  const file = (name: string) => readFile(join(LOCAL, 'runs', runId, name), 'utf8');

  test('gives a shell everything to ask Temporal with, in files that lead to the newest run', async () => {
    assert.equal(await readlink(join(LOCAL, 'env')), join(LOCAL, 'runs', runId, 'env'));
    const script = `. ${JSON.stringify(join(LOCAL, 'runs', runId, 'env'))} && temporal operator search-attribute list`;
    const { stdout } = await run('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin', HOME: LOCAL } });
    assert.match(stdout, /BlueGreenWaitingFor/);
  });

  test('writes a request that is one, and a hosts file that has the name of the service', async () => {
    const parsed = parseRequest(JSON.parse(await file('request.json')));
    assert.equal(parsed.kind, 'request');
    assert.match(await file('hosts'), /^127\.\d+\.200\.1 kafka\.orders\.example\.com$/m);
  });

  test('says again what is where, and refuses what it does not know', async () => {
    const { stdout } = await run(process.execPath, [MAIN, 'status']);
    assert.ok(stdout.includes(`Run ${runId} `), stdout);
    await assert.rejects(run(process.execPath, [MAIN, 'dwon']), /"dwon" is not known/);
    await assert.rejects(run(process.execPath, [MAIN, 'down', 'nobody']), { code: 1 });
  });

  test('replaces a worker that is killed', async () => {
    const pid = /"pid":(\d+)/.exec(await file('worker.log'))?.[1];
    process.kill(Number(pid), 'SIGKILL');
    const again = async () => (await file('worker-2.log').catch(() => '')).includes('worker ready');
    await until('The next worker is ready', again, { withinMs: READY_WITHIN_MS });
  });

  test('ends by command, and only logs stay', async () => {
    const ended = once(child, 'exit');
    await run(process.execPath, [MAIN, 'down', runId]);
    assert.deepEqual(await ended, [0, null], printed);
    const left = await readdir(join(LOCAL, 'runs', runId));
    assert.deepEqual(
      left.filter(name => !name.endsWith('.log')),
      [],
    );
    assert.notEqual(await readlink(join(LOCAL, 'env')).catch(() => ''), join(LOCAL, 'runs', runId, 'env'));
  });
});
