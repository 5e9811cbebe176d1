/** Opens the evidence store that the worker's configuration names: `file:/absolute/folder`. */
import { isAbsolute, normalize } from 'node:path';
import { FileStore } from './file-store.ts';
import { type EvidenceStore, EvidenceUnusable } from './store.ts';

/** The store at this URL; throws `EvidenceUnusable` for one that is not known. Nothing is written yet: see `check`. */
export function openEvidenceStore(url: string): EvidenceStore {
  const match = /^file:(?:\/\/)?(\/.*)$/.exec(url);
  const path = match?.[1] === undefined ? '' : normalize(decode(match[1]));
  if (!isAbsolute(path))
    throw new EvidenceUnusable(`The evidence store must be file:/absolute/folder, but it is "${url}".`);
  return new FileStore(path);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
