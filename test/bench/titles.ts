/** Whether a row's title still stands in the test's sources: a row of a test that is gone or renamed shows nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from '../../local/project-root.ts';

/** Texts shorter than this stand anywhere. */
const LEAST_TEXT = 8;
const HOLE = /\$\{(?:[^{}`]|\{[^{}]*\})*\}/;
const LITERAL = new RegExp(
  `'((?:\\\\.|[^'\\\\\\n])*)'|"((?:\\\\.|[^"\\\\\\n])*)"|\`((?:\\\\.|${HOLE.source}|[^\`\\\\$]|\\$(?!\\{))*)\``,
  'g',
);

const known = new Map<string, readonly RegExp[]>();

/** The title is a text of the file, or of what it imports from test/; or a fault and a claim that are, with a colon between them. */
export function titleStands(file: string, title: string): boolean {
  const texts = known.get(file) ?? [...sourcesOf(join(projectRoot(), file))].flatMap(textsOf);
  known.set(file, texts);
  const stands = (text: string) => texts.some(pattern => pattern.test(text));
  const colon = title.indexOf(': ');
  return stands(title) || (colon > 0 && stands(title.slice(0, colon)) && stands(title.slice(colon + 2)));
}

function sourcesOf(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path) || !existsSync(path) || relative(join(projectRoot(), 'test'), path).startsWith('..')) return seen;
  seen.add(path);
  for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(/ from '(\.[^']*)'/g))
    sourcesOf(join(dirname(path), from), seen);
  return seen;
}

/** Each text of the source as a pattern: what stands in a hole of a template may be anything. */
function textsOf(path: string): RegExp[] {
  return [...readFileSync(path, 'utf8').matchAll(LITERAL)].flatMap(([, single, double, template]) => {
    const parts = template === undefined ? [single ?? double ?? ''] : template.split(HOLE);
    const written = parts.map(part => part.replaceAll(/\\(.)/g, '$1'));
    if (written.join('').length < LEAST_TEXT) return [];
    return [new RegExp(`^${written.map(literally).join('.+')}$`, 's')];
  });
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
