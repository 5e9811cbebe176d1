import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { merge, renderGuarantees } from '../../bench/guarantees-page.ts';
import { filesOf } from '../../bench/guarantees-soak.ts';
import { type Held, promises } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';
import { chance, moment } from '../support/seed.ts';

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
});
