/** The edit that makes a mutant. Pure. An edit that does not fit today's code is never made somewhere else instead. */
import type { Mutant } from './mutant.ts';

export type Edited =
  | { readonly kind: 'edited'; readonly source: string }
  | { readonly kind: 'stale'; readonly why: string };

type Edit = Pick<Mutant, 'file' | 'find' | 'replace'>;

/** The file's source with the mistake in it, or why the edit does not apply any more: which file, which text. */
export function edit(source: string, { file, find, replace }: Edit): Edited {
  if (find === replace) return stale(file, find, 'is replaced by itself');
  const found = source.split(find).length - 1;
  if (found === 0) return stale(file, find, 'is not there');
  if (found > 1) return stale(file, find, `is there ${found} times instead of once`);
  const at = source.indexOf(find);
  return { kind: 'edited', source: source.slice(0, at) + replace + source.slice(at + find.length) };
}

/** All of them at once, for a look at their types; the reasons where one does not apply, or meets another. */
export function editAll(
  edits: readonly Edit[],
  sourceOf: (file: string) => string | null,
): { readonly sources: ReadonlyMap<string, string>; readonly stale: readonly string[] } {
  const sources = new Map<string, string>();
  const problems: string[] = [];
  for (const change of edits) {
    const original = sourceOf(change.file);
    const alone = original === null ? stale(change.file, change.find, 'has no file') : edit(original, change);
    if (alone.kind === 'stale') {
      problems.push(alone.why);
      continue;
    }
    const together = edit(sources.get(change.file) ?? original ?? '', change);
    if (together.kind === 'edited') sources.set(change.file, together.source);
  }
  return { sources, stale: problems };
}

function stale(file: string, find: string, why: string): { readonly kind: 'stale'; readonly why: string } {
  return { kind: 'stale', why: `${file}: the text ${JSON.stringify(find)} ${why}` };
}
