import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { anchorsOf, type Link, linksOf, pages, read } from './pages.ts';

/** Why the link leads nowhere; null when it leads somewhere, or out of the project. */
function broken({ page, line, target }: Link): string | null {
  if (/^[a-z]+:/.test(target)) return null;
  const [path = '', anchor = ''] = target.split('#');
  const at = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(projectRoot(), at))) return `${page}:${line} ${target}: there is no ${at}`;
  if (anchor === '' || !at.endsWith('.md') || anchorsOf(read(at)).has(anchor)) return null;
  return `${page}:${line} ${target}: ${at} has no heading of this name`;
}

describe('the pages', () => {
  test('link only to files and headings that are there', () => {
    const links = pages().flatMap(page => linksOf(page));
    assert.ok(links.length > 50, `${links.length} links were found: the scan looks in the wrong place`);
    assert.deepEqual(
      links.map(broken).filter(why => why !== null),
      [],
    );
  });

  test('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const { target } of linksOf(page)) {
        const [path = ''] = target.split('#');
        const at = normalize(join(dirname(page), path));
        if (at.endsWith('.md') && !/^[a-z]+:/.test(target)) reached.add(at);
      }
    assert.deepEqual(
      pages().filter(page => !reached.has(page)),
      [],
    );
  });
});

describe('a link that leads nowhere', () => {
  test('is named with page, line and what is missing', () => {
    const text = 'See [it](docs/no-page.md) and\n[that](#no-heading), not `[this](docs/other.md)`.\n';
    assert.deepEqual(linksOf('README.md', text).map(broken), [
      'README.md:1 docs/no-page.md: there is no docs/no-page.md',
      'README.md:2 #no-heading: README.md has no heading of this name',
    ]);
  });

  test('is told from one to a heading with punctuation, and to a repeated one', () => {
    assert.deepEqual(
      [...anchorsOf('# One: two, `three`\n## A\n## A\n```\n# no\n```\n')],
      ['one-two-three', 'a', 'a-1'],
    );
  });
});
