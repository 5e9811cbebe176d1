import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { read } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
after(() => rm(folder, { recursive: true }));

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
program(
  'kafka-bluegreen',
  `case "$*" in *--json*) ;; *) echo "the status of orders" >&2 ;; esac; echo "{\\"waitingFor\\":{\\"gate\\":\\"$GATE\\"}}"; exit "$CODE"`,
);
program('jq', `sed -n 's/.*"gate":"\\([a-z]*\\)".*/\\1/p'`);

/** Runs the line as GitLab does, and GitHub where a shell is named: the first failure ends it, also within a pipe. */
function ran(line: string, code: number, gate: string): { readonly ok: boolean; readonly said: string } {
  const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', line], {
    env: { PATH: `${folder}:/usr/bin:/bin`, CODE: String(code), GATE: gate },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { ok: status === 0, said: stderr };
}
const runs = (line: string, code: number, gate = 'none') => ran(line, code, gate).ok;

const lines = read('docs/ci.md')
  .split('\n')
  .flatMap(line => /^ *- (?:run: )?((?:test|kafka-bluegreen) .*)$/.exec(line)?.[1] ?? []);

describe('the lines of the pipelines in docs/ci.md', () => {
  const following = lines.filter(line => line.includes('--until waiting'));
  test('that follow a run go on when it waits or is done, and fail when it failed, was refused, rejected or rolled back', () => {
    assert.equal(following.length, 4);
    for (const line of following)
      assert.deepEqual(
        [0, 1, 2, 3, 4, 5, 6].filter(code => runs(line, code)),
        [0, 5],
        line,
      );
  });

  const asking = lines.filter(line => line.startsWith('test '));
  test('that ask what it waits for go on at their gate alone, and in a hold fail with what the run says', () => {
    assert.equal(asking.length, 4);
    for (const line of asking) {
      const gate = / = (\w+) \|\|/.exec(line)?.[1] ?? '';
      assert.deepEqual(ran(line, 5, gate), { ok: true, said: '' }, line);
      assert.deepEqual(ran(line, 5, 'null'), { ok: false, said: 'the status of orders\n' }, line);
    }
  });

  const waiting = lines.filter(line => line === 'kafka-bluegreen watch orders');
  test('that wait for the end fail unless it is deployed', () => {
    assert.equal(waiting.length, 2);
    for (const line of waiting)
      assert.deepEqual(
        [0, 1, 3, 4].filter(code => runs(line, code)),
        [0],
      );
  });
});
