/** The pages that people read, and what stands in them: headings, links and fenced blocks, each with its line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../local/project-root.ts';

export interface Block {
  /** Path of the page from the root of the project. */
  readonly page: string;
  /** Line of the opening fence. */
  readonly line: number;
  /** The word behind the fence; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** `<!-- excerpt: name -->` on the line before the fence. */
  readonly excerpt: string | null;
}

export interface Link {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

const FOLDERS = ['.', 'docs', 'switching', 'cloudformation', 'deploy'] as const;

/** Paths of all pages from the root. */
export function pages(): string[] {
  return FOLDERS.flatMap(folder =>
    readdirSync(join(projectRoot(), folder))
      .filter(name => name.endsWith('.md'))
      .map(name => join(folder, name)),
  ).toSorted();
}

export function read(page: string): string {
  return readFileSync(join(projectRoot(), page), 'utf8');
}

/** Fenced blocks of the page, indented ones too: their text is without the fence's own indentation. */
export function blocksOf(page: string, text = read(page)): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i += 1) {
    const fence = /^( *)(`{3,})([\w-]*)\s*$/.exec(lines[i] ?? '');
    if (fence === null) continue;
    const [, indent = '', ticks = '', language = ''] = fence;
    const end = lines.findIndex((line, at) => at > i && line.trim() === ticks);
    const body = lines.slice(i + 1, end).map(line => line.slice(indent.length));
    const excerpt = /^ *<!-- excerpt: (.+) -->$/.exec(lines[i - 1] ?? '')?.[1] ?? null;
    blocks.push({ page, line: i + 1, language, text: body.join('\n'), excerpt });
    i = end;
  }
  return blocks;
}

/** The page's lines; those inside of fenced blocks are empty. */
function proseOf(text: string): string[] {
  let open: string | null = null;
  return text.split('\n').map(line => {
    const ticks = /^ *(`{3,})/.exec(line)?.[1];
    const inside = open !== null;
    if (ticks !== undefined && (open === null || open === ticks)) open = inside ? null : ticks;
    return inside || open !== null ? '' : line;
  });
}

/** Links and images of the prose; what stands in backticks is no link. */
export function linksOf(page: string, text = read(page)): Link[] {
  return proseOf(text).flatMap((line, at) =>
    [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => ({
      page,
      line: at + 1,
      target,
    })),
  );
}

/** The anchors that headings have on GitHub and GitLab: lower case, without punctuation, spaces as dashes, repeats numbered. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = proseOf(text).flatMap(line => {
    const heading = /^#{1,6} +(.+?)\s*$/.exec(line)?.[1];
    if (heading === undefined) return [];
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return [times === 0 ? anchor : `${anchor}-${times}`];
  });
  return new Set(anchors);
}
