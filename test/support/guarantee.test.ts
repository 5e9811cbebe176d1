/** What a file with guarantees records, seen from outside: in a process of its own, as `npm run soak` runs it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { rowsOfFile } from '../../bench/guarantees-rows.ts';
import { readRecorded, runTestFile } from '../../bench/guarantees-soak.ts';
import { RECORD_VARIABLE } from '../../bench/promises.ts';

const row = (title: string, body: string) =>
  `test(...guarantee({ promise: 'once', fault: 'some' }, '${title}', async context => { ${body} }));`;

describe('a test with a guarantee', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guarantee-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Which of the file's rows say that they passed, by title. */
  async function passedIn(lines: readonly string[], endsWithinMs?: number): Promise<Record<string, boolean>> {
    const file = join(folder, 'a.test.ts');
    const recorded = join(folder, 'rows');
    const imports = [
      "import { before, describe, test } from 'node:test';",
      `import { guarantee } from ${JSON.stringify(new URL('guarantee.ts', import.meta.url).href)};`,
    ];
    await writeFile(file, [...imports, ...lines].join('\n'));
    await writeFile(recorded, '');
    const options = endsWithinMs === undefined ? {} : { endsWithinMs };
    const end = await runTestFile(file, { [RECORD_VARIABLE]: recorded }, { ...options, stdio: 'ignore' });
    const rows = rowsOfFile(await readRecorded(recorded), end, { file: 'a.test.ts', seed: 1, on: '2026-01-01' });
    return Object.fromEntries(rows.map(({ title, passed }) => [title, passed]));
  }

  test('has failed when a subtest of it failed, at any depth, though the test itself ran to its end', async () => {
    const fails = "throw new Error('not as promised');";
    const passed = await passedIn([
      row('good', "await context.test('inner', async inner => { await inner.test('innermost', () => {}); });"),
      row('bad', `await context.test('inner', () => { ${fails} });`),
      row(
        'worse',
        `await context.test('inner', async inner => { await inner.test('innermost', () => { ${fails} }); });`,
      ),
      row('unawaited', `void context.test('inner', async () => { await new Promise(() => {}); });`),
      row('itself', fails),
    ]);
    assert.deepEqual(passed, { good: true, bad: false, worse: false, unawaited: false, itself: false });
  });

  test('has failed when what came before it failed, and it was never tried', async () => {
    const passed = await passedIn([
      "describe('a suite', () => { before(() => { throw new Error('no broker'); });",
      row('untried', ''),
      '});',
    ]);
    assert.deepEqual(passed, { untried: false });
  });

  test('has failed when its file broke down or did not end', async () => {
    const crashed = await passedIn([row('good', ''), row('crashes', 'process.exit(0);')]);
    assert.deepEqual(crashed, { good: true, crashes: false });
    const forEver = row('hangs', 'setInterval(() => {}, 1_000); await new Promise(() => {});');
    assert.deepEqual(await passedIn([forEver], 3_000), { hangs: false });
    assert.deepEqual(await passedIn(["throw new Error('not loaded');"]), {
      'ended with code 1, and no test with a row failed': false,
    });
  });
});
