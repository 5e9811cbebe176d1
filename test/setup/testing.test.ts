import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { load, type Testing } from './modules.ts';

const { matching, runTests } = (await load('testing.mjs')) as Testing;

/** Test files with these contents in a new folder. */
function folderOf(sources: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'testing-'));
  return sources.map((source, index) => {
    const file = join(folder, `${index}.test.mjs`);
    writeFileSync(file, `import { describe, test } from 'node:test';\n${source}\n`);
    return file;
  });
}

/** Runs them as `npm test` does. */
async function run(sources: readonly string[], options: Parameters<Testing['runTests']>[3] = {}) {
  return runFiles(folderOf(sources), options);
}

async function runFiles(files: readonly string[], options: Parameters<Testing['runTests']>[3] = {}) {
  const printed: string[] = [];
  const context = process.env['NODE_TEST_CONTEXT'];
  delete process.env['NODE_TEST_CONTEXT']; // what runs now is no part of the run that this file belongs to
  try {
    const counts = await runTests('server', files, [], { ...options, print: text => printed.push(text) });
    return { counts, printed: printed.join('\n') };
  } finally {
    if (context !== undefined) process.env['NODE_TEST_CONTEXT'] = context;
  }
}

describe('the count of npm test', () => {
  test('is of tests, not of suites', async () => {
    const { counts } = await run([
      "describe('a', () => { test('b', () => {}); test('c', () => {}); });",
      "test('d', () => {});",
    ]);
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 });
  });

  test('holds what was skipped or left to do as skipped, by name', async () => {
    const { counts, printed } = await run([
      "test('a', { skip: true }, () => {}); test.todo('b'); test('c', () => {});",
    ]);
    assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 2 });
    assert.match(printed, /SKIPPED {2}.*: a\n/);
    assert.match(printed, /TODO {2}.*: b\n/);
  });

  test('shows a failure with its file, line, title and error', async () => {
    const { counts, printed } = await run([
      "test('one', () => {});\ntest('two', () => { throw new Error('no such luck'); });",
    ]);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 });
    assert.match(printed, /FAILED {2}.*0\.test\.mjs:3 {2}two\n {4}Error: no such luck/);
  });

  test('holds a file that cannot be loaded as failed', async () => {
    const { counts } = await run(["import './nowhere.mjs';"]);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
  });

  test('holds a file that never ends as failed at its deadline, and goes on to the next', async () => {
    const { counts, printed } = await run(
      ["test('a', () => { setInterval(() => {}, 1_000); });", "test('b', () => {});"],
      { endsWithinMs: 6_000 },
    );
    assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 0 });
    assert.match(printed, /FAILED {2}.*0\.test\.mjs: not ended within 6 s/);
  });
});

describe('tests on real servers', () => {
  test('run two folders at a time, and what one shows is not mixed with the other', async () => {
    const meeting = mkdtempSync(join(tmpdir(), 'meeting-'));
    const waitingFor = (other: string, own: string) => `
      import { existsSync, writeFileSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      test('meets ${other}', { timeout: 30_000 }, async () => {
        console.log('${own} begins');
        writeFileSync('${join(meeting, own)}', '');
        while (!existsSync('${join(meeting, other)}')) await setTimeout(20);
        console.log('${own} ends');
      });`;
    const { counts, printed } = await runFiles([
      ...folderOf([waitingFor('b', 'a')]),
      ...folderOf([waitingFor('a', 'b')]),
    ]);
    assert.deepEqual(counts, { passed: 2, failed: 0, skipped: 0 });
    for (const own of ['a', 'b']) assert.match(printed, new RegExp(`${own} begins\\n${own} ends\\n.* 1 test, `));
  });

  test('run one file of a folder at a time', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'alone-')), 'running');
    const alone = `
      import { closeSync, openSync, rmSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      test('is alone', async () => {
        closeSync(openSync('${marker}', 'wx'));
        await setTimeout(300);
        rmSync('${marker}');
      });`;
    const { counts } = await runFiles(folderOf([alone, alone, alone]));
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 });
  });
});

describe('naming test files', () => {
  const files = ['test/kafka/ledger.test.ts', 'test/kafka/fence.server.test.ts', 'test/aws/zone.test.ts'];

  test('takes a path, a part of one, or a pattern', () => {
    assert.deepEqual(matching(['./test/aws/zone.test.ts'], files), ['test/aws/zone.test.ts']);
    assert.deepEqual(matching(['kafka'], files), files.slice(0, 2));
    assert.deepEqual(matching(['kafka/*server', 'zone'], files), files.slice(1));
  });

  test('refuses what names none', () => {
    assert.throws(() => matching(['kafka', 'kafak'], files), /No test file matches "kafak"/);
  });
});
