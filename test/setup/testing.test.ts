import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { load, type Testing } from './modules.ts';

const { matching, runTests } = (await load('testing.mjs')) as Testing;
/** Runs test files with these contents as `npm test` does. */
async function run(sources: readonly string[], options: Parameters<Testing['runTests']>[3] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'testing-'));
  const files = sources.map((source, index) => {
    const file = join(folder, `${index}.test.mjs`);
    writeFileSync(file, `import { describe, test } from 'node:test';\n${source}\n`);
    return file;
  });
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
