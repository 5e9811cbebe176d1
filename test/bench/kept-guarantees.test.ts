/** The rows that are kept are those of the tests that there are: none is missing, and none outlived its test. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesOf } from '../../bench/guarantees-soak.ts';
import type { Held } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';
import { titleStands } from './titles.ts';

const rows = JSON.parse(readFileSync(join(projectRoot(), 'bench/results/guarantees.json'), 'utf8')) as Held[];

describe('the kept rows of the table of guarantees', () => {
  test('are of every file in which a test holds a promise', () => {
    assert.deepEqual([...new Set(rows.map(r => r.file))].toSorted(), filesOf([]));
  });

  test('have a title each', () => {
    const names = rows.map(r => `${r.file}: ${r.title}`);
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });

  test('are of tests that are there under this title', () => {
    const gone = rows.filter(r => !titleStands(r.file, r.title));
    assert.deepEqual(
      gone.map(r => `${r.file}: ${r.title}`),
      [],
    );
  });
});
