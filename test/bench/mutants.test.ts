import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tryMutants } from '../../bench/mutants/campaign.ts';
import { catalog } from '../../bench/mutants/catalog.ts';
import { edit, editAll } from '../../bench/mutants/edit.ts';
import type { Tried } from '../../bench/mutants/mutant.ts';
import { mergeTried, renderMutants } from '../../bench/mutants/page.ts';
import { Unready } from '../../bench/mutants/unready.ts';
import { readLine, type TestEnded, unfit, verdictOf } from '../../bench/mutants/verdict.ts';
import { promises } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';

const read = (file: string) => {
  const path = join(projectRoot(), file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
};

describe('an edit', () => {
  const change = { file: 'a.ts', find: 'end - 1', replace: '$& end' };

  test('is made where its text stands, to the letter', () =>
    assert.deepEqual(edit('from(end - 1);', change), { kind: 'edited', source: 'from($& end);' }));

  for (const [what, source, why] of [
    ['is gone', 'from(end - 2);', 'a.ts: the text "end - 1" is not there'],
    ['stands in two places', 'end - 1, end - 1', 'a.ts: the text "end - 1" is there 2 times instead of once'],
  ] as const)
    test(`does not apply any more when its text ${what}, and says so by file and text`, () =>
      assert.deepEqual(edit(source, change), { kind: 'stale', why }));

  test('that changes nothing is none', () =>
    assert.equal(edit('end - 1', { ...change, replace: 'end - 1' }).kind, 'stale'));

  test('is made beside others of the same file, and those that do not apply are all named', () => {
    const sources: Record<string, string> = { 'a.ts': 'one two', 'b.ts': 'three' };
    const edits = [
      { file: 'a.ts', find: 'one', replace: '1' },
      { file: 'a.ts', find: 'two', replace: '2' },
      { file: 'b.ts', find: 'four', replace: '4' },
      { file: 'c.ts', find: 'five', replace: '5' },
    ];
    const all = editAll(edits, file => sources[file] ?? null);
    assert.deepEqual([...all.sources], [['a.ts', '1 2']]);
    assert.deepEqual(all.stale, ['b.ts: the text "four" is not there', 'c.ts: the text "five" has no file']);
  });
});

describe('the verdict on a mutant', () => {
  const ended = (change: Partial<TestEnded> = {}): TestEnded => ({
    kind: 'passed',
    title: 'keeps all',
    file: '/copy/test/a.test.ts',
    suite: false,
    without: '',
    error: '',
    ...change,
  });
  const failed = (change: Partial<TestEnded> = {}) =>
    ended({ kind: 'failed', error: 'Error: lost\n  at a', ...change });
  const inProject = (file: string) => file.replace('/copy/', '');
  const cancelled = failed({ error: 'Error: test did not finish before its parent and was cancelled' });

  test('is that the first test that failed has killed it, by title and file', () => {
    const suite = failed({ title: 'all', suite: true });
    assert.deepEqual(verdictOf([ended(), failed(), failed({ title: 'later' }), suite], 'failed', inProject), {
      kind: 'killed',
      by: 'keeps all',
      in: 'test/a.test.ts',
    });
  });

  for (const [what, events, end, why] of [
    ['every test passed', [ended()], 'passed', /^every test passed$/],
    ['the tests hang', [ended()], 'out of time', /hung/],
    [
      'its file cannot be loaded',
      [failed({ title: 'test/a.test.ts' })],
      'failed',
      /^no test ran to its failure: Error: l/,
    ],
    ['a hook failed before any test', [cancelled, failed({ suite: true })], 'failed', /^no test ran/],
    ['nothing was reported', [], 'failed', /^no test ran to its failure$/],
  ] as const)
    test(`is that it survived when ${what}`, () => {
      const verdict = verdictOf(events, end, inProject);
      assert.match(verdict.kind === 'survived' ? verdict.why : verdict.kind, why);
    });

  test('is asked only of tests that pass on the code as it is, and of at least one', () => {
    assert.equal(unfit([ended(), ended({ title: 'a', suite: true })], 'passed'), null);
    assert.match(unfit([failed()], 'failed') ?? '', /^"keeps all" fails on the code as it is: Error: lost$/);
    assert.match(unfit([ended({ suite: true }), ended({ without: 'skipped' })], 'passed') ?? '', /^no test of that/);
    assert.match(unfit([ended()], 'out of time') ?? '', /hung/);
  });

  test('is read from lines about tests, and from no others', () => {
    assert.deepEqual(readLine(JSON.stringify(ended())), ended());
    for (const line of ['', 'no JSON', '7', 'null', '{"kind":"summary","counts":{}}', '{"kind":"output","text":"x"}'])
      assert.equal(readLine(line), null);
  });
});

describe('a campaign', () => {
  test('does not begin when a mutant no longer applies', async () => {
    const printed: string[] = [];
    const [mutant] = catalog;
    assert.ok(mutant);
    const campaign = tryMutants({
      project: projectRoot(),
      mutants: [mutant, { ...mutant, find: 'a text of long ago' }],
      signal: new AbortController().signal,
      print: line => printed.push(line),
      keep: () => assert.fail('nothing was tried'),
    });
    await assert.rejects(campaign, (error: unknown) => {
      assert.ok(error instanceof Unready);
      assert.equal(error.message, `No longer applies:\n${mutant.file}: the text "a text of long ago" is not there`);
      return true;
    });
    assert.deepEqual(printed, []);
  });
});

describe('the catalog of mutants', () => {
  test('applies to the code as it is', () => assert.deepEqual(editAll(catalog, read).stale, []));

  test('has a name for each of them, and tests that are there', () => {
    assert.equal(new Set(catalog.map(({ name }) => name)).size, catalog.length);
    for (const { tests, titles, name } of catalog) {
      assert.ok(tests.length > 0, name);
      for (const file of tests) assert.ok(read(file) !== null, `${file}, of: ${name}`);
      if (titles !== undefined) assert.ok(new RegExp(titles), name);
    }
  });

  test('touches every promise that is about records, stacks and ways back', () =>
    assert.deepEqual(
      Object.keys(promises).filter(promise => !catalog.some(({ breaks }) => breaks === promise)),
      ['refused', 'bounded', 'upgrades'],
    ));
});

describe('the table of mutants', () => {
  const row: Tried = {
    name: 'the fence is | not set',
    breaks: 'nothingLost',
    file: 'kafka/fence.ts',
    killed: true,
    by: 'refuses <every> producer',
    in: 'test/kafka/fence.test.ts',
    seconds: 2.25,
    on: '2026-01-01',
  };
  const [first, second] = catalog;

  test('stands under the promises, a row a mutant, and says what survived', () => {
    const page = renderMutants([row, { ...row, name: 'another', killed: false, by: 'every test passed', in: '' }]);
    assert.match(page, /1 of 2 were caught/);
    assert.match(
      page,
      /\n\| the fence is \\\| not set \| .*fence\.ts.* \| refuses &lt;every> producer \| .*fence\.test/,
    );
    assert.match(page, /\| another \| .* \| \*\*survived\*\*: every test passed \| {2}\|/);
  });

  test('takes new rows for old ones, in the order of the catalog, without mutants that there are no more', () => {
    const kept = [row, { ...row, name: second?.name ?? '' }, { ...row, name: first?.name ?? '' }];
    const again = { ...row, name: second?.name ?? '', seconds: 9 };
    assert.deepEqual(mergeTried(kept, [again], catalog), [kept[2], again]);
  });

  test('is the one that the kept results give: every mutant was tried, and caught', () => {
    const rows = JSON.parse(read('bench/results/mutants.json') ?? '[]') as Tried[];
    assert.equal(read('docs/mutants.md'), renderMutants(rows));
    assert.deepEqual(
      rows.map(({ name, killed }) => [name, killed]),
      catalog.map(({ name }) => [name, true]),
    );
    for (const { in: file } of rows) assert.ok(read(file) !== null, file);
  });
});
