import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { groundOf, merge, renderGuarantees } from '../../bench/guarantees-page.ts';
import { type FileEnd, rowsOf, rowsOfFile } from '../../bench/guarantees-rows.ts';
import { filesOf } from '../../bench/guarantees-soak.ts';
import { type Held, promises } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';
import { chance, moment, seed } from '../support/seed.ts';

const row: Held = {
  file: 'test/e2e/a.server.test.ts',
  title: 'comes back | as it was',
  promise: 'returns',
  fault: 'rolled back <at night>',
  passed: true,
  seconds: 61.25,
  seed: 7,
  on: '2026-01-01',
};

describe('the table of guarantees', () => {
  test('stands under its promise, a row a test, and no text breaks a row', () => {
    const page = renderGuarantees([row, { ...row, promise: 'once', title: 'is seen', passed: false }]);
    assert.match(page, /1 of 2 passed/);
    const rows = page.split('\n').filter(line => line.startsWith('| rolled back'));
    assert.equal(rows.length, 2);
    assert.match(
      page,
      new RegExp(`## ${promises.returns}\n\n.*\n.*\n\\| rolled back &lt;at night> \\| comes back \\\\\\| as it was`),
    );
    assert.match(page, /\*\*failed\*\*/);
  });

  test("takes a run's rows for those of the same file, and keeps the other files'", () => {
    const other = { ...row, file: 'test/b.test.ts' };
    const again = { ...row, title: 'comes back otherwise', seed: 8 };
    assert.deepEqual(merge([row, other], [again], [row.file]), [other, again]);
  });

  test('says of each row what it ran on, and counts these in its head', () => {
    assert.equal(groundOf('test/soak/a.soak.ts'), 'real servers');
    assert.equal(groundOf('test/workflows/a.server.test.ts'), 'real servers');
    const sandbox = { ...row, file: 'test/workflows/a.test.ts' };
    const page = renderGuarantees([row, sandbox, { ...row, file: 'test/kafka/a.test.ts' }]);
    assert.match(page, /3 of 3 passed\. 1 ran on _real servers_: .* 1 ran in the _workflow sandbox_: .* 1 ran on _the/);
    for (const ground of ['real servers', 'workflow sandbox', 'the code alone'])
      assert.match(page, new RegExp(`\\| ${ground} \\| passed \\|`));
  });

  describe('of a run', () => {
    const { passed: _, seconds: _seconds, ...declared } = row;
    const run = { file: row.file, seed: 7, on: '2026-01-02' };
    const exited = (code: number): FileEnd => ({ kind: 'exited', code });

    test('has a failed row for a test that was declared and never came to its end', () => {
      const other = { ...declared, title: 'was never tried' };
      const recorded = [
        { kind: 'declared', row: declared },
        { kind: 'declared', row: other },
        { kind: 'ended', row },
      ] as const;
      assert.deepEqual(rowsOf(recorded), [row, { ...other, passed: false, seconds: 0 }]);
      const twice = [recorded[0], recorded[0], recorded[2]];
      assert.deepEqual(rowsOf(twice), [row, { ...declared, passed: false, seconds: 0 }]);
    });

    test('has a failed row for a file that broke down or did not end, although every test that spoke has passed', () => {
      const spoke = [{ kind: 'ended', row }] as const;
      assert.deepEqual(rowsOfFile(spoke, exited(0), run), [row]);
      for (const [recorded, end, title] of [
        [spoke, exited(1), 'ended with code 1, and no test with a row failed'],
        [[], exited(1), 'ended with code 1, and no test with a row failed'],
        [spoke, { kind: 'late', ms: 600_000 }, 'did not end within 10 minutes'],
      ] as const) {
        const rows = rowsOfFile(recorded, end, run);
        assert.deepEqual([rows.length, rows.at(-1)?.title, rows.at(-1)?.passed], [recorded.length + 1, title, false]);
        assert.equal(rows.at(-1)?.file, row.file);
      }
    });
  });

  test('is the one that the kept results give, and names files that are there', () => {
    const results = join(projectRoot(), 'bench/results/guarantees.json');
    const rows = JSON.parse(readFileSync(results, 'utf8')) as Held[];
    assert.equal(readFileSync(join(projectRoot(), 'docs/guarantees.md'), 'utf8'), renderGuarantees(rows));
    for (const { file } of rows) assert.ok(existsSync(join(projectRoot(), file)), file);
    assert.deepEqual(
      rows.filter(({ passed }) => !passed),
      [],
    );
  });

  test('is made of every file in which a test holds a promise', () => {
    const files = filesOf([]);
    assert.ok(!files.includes('test/bench/guarantees.test.ts'), 'a file that only speaks of them is none');
    assert.ok(files.includes('test/e2e/worker-killed.server.test.ts'), 'one that imports its tests is');
    assert.deepEqual(
      filesOf(['soak.ts']),
      files.filter(file => file.endsWith('.soak.ts')),
    );
  });
});

describe('chance', () => {
  test('draws the same for the same name, other numbers for another, and stays in its range', () => {
    const draw = (name: string) => Array.from({ length: 200 }, chance(name));
    assert.deepEqual(draw('a'), draw('a'));
    assert.notDeepEqual(draw('a'), draw('b'));
    assert.ok(draw('a').every(number => number >= 0 && number < 1));
    assert.equal(new Set(draw('a')).size, 200);
    assert.ok(moment(chance('a'), 1_000) < 1_000);
  });

  test('is the same for properties: what they draw is repeated by the seed', () => {
    const drawn = (o: fc.Parameters<[number]>) => {
      const numbers: number[] = [];
      fc.assert(
        fc.property(fc.integer(), n => void numbers.push(n)),
        o,
      );
      return numbers;
    };
    assert.deepEqual(drawn({}), drawn({ seed }));
    assert.notDeepEqual(drawn({}), drawn({ seed: seed + 1 }));
  });
});
