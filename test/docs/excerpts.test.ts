import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EXCERPTS } from './excerpts.ts';
import { blocksOf, pages } from './pages.ts';

describe('the excerpts in the pages', () => {
  const shown = pages()
    .flatMap(page => blocksOf(page))
    .filter(block => block.excerpt !== null);

  for (const { page, line, excerpt, text } of shown)
    test(`are what the renderers print: ${excerpt} in ${page}:${line}`, () =>
      assert.equal(text, EXCERPTS[excerpt ?? '']));

  test('are all shown', () => {
    assert.deepEqual(new Set(shown.map(({ excerpt }) => excerpt)), new Set(Object.keys(EXCERPTS)));
  });
});
