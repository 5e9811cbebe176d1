import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { read } from './pages.ts';

const FOLDERS = ['activities', 'aws', 'client', 'contract', 'evidence', 'kafka', 'report', 'workflows'] as const;
/** Between the parts of a sentence that its code fills in. */
const GAP = '…';
const SHORTEST_PART = 4;

const sources = FOLDERS.flatMap(folder =>
  readdirSync(join(projectRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => wordsOf(readFileSync(join(projectRoot(), folder, file), 'utf8'))),
);

/** The texts of the source as they are printed: joined where they are joined in the code, with gaps for what is filled in. */
function wordsOf(source: string): string {
  let text = source.replaceAll(/['`]\s*\+\s*['`"]/g, '').replaceAll(/\\(['"])/g, '$1');
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replaceAll(/\$\{[^{}]*\}/g, GAP);
  }
  return text;
}

/** Sentences in backticks in the second column of the tables with a column "you see". */
function sentences(page: string): { readonly line: number; readonly sentence: string }[] {
  let inTable = false;
  return read(page)
    .split('\n')
    .flatMap((line, at) => {
      if (/^\|[^|]*\| you see \|/.test(line)) inTable = true;
      else if (!line.startsWith('|')) inTable = false;
      if (!inTable) return [];
      const [, , seen = ''] = line.split('|');
      return [...seen.matchAll(/`([^`]+)`/g)].map(([, sentence = '']) => ({ line: at + 1, sentence }));
    });
}

/** Whether one file of the code has every part of the sentence. */
function isSaid(sentence: string): boolean {
  const parts = sentence.split(GAP).filter(part => part.trim().length >= SHORTEST_PART);
  return parts.length > 0 && sources.some(source => parts.every(part => source.includes(part)));
}

describe('the sentences of docs/troubles.md', () => {
  test('are those that the code says', () => {
    const all = sentences('docs/troubles.md');
    assert.ok(all.length > 50, `${all.length} sentences were found: the scan looks in the wrong place`);
    assert.deepEqual(
      all.filter(({ sentence }) => !isSaid(sentence)),
      [],
    );
  });

  test('and the refusal that docs/rollback.md quotes', () => {
    const quoted = read('docs/rollback.md').match(/(?<=^> ).+/gm) ?? [];
    assert.equal(quoted.length, 1);
    assert.ok(quoted.every(isSaid));
  });

  test('would be missed if one word were another', () => {
    const [first] = sentences('docs/troubles.md');
    assert.ok(first !== undefined && isSaid(first.sentence));
    assert.ok(!isSaid(first.sentence.replace('worker', 'walker')));
  });
});
