/** What the service's names say, in two files: a look-up without a cache, so that every client learns of a flip as soon as it asks. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Names {
  /** The service's own name. */
  readonly record: string;
  readonly directory: string;
}

/** `address`: host:port of brokers, separated by commas. `signpost`: the text of the TXT record. */
export type NameKind = 'address' | 'signpost';

export async function nameOf({ directory }: Names, kind: NameKind): Promise<string> {
  return readFile(join(directory, kind), 'utf8');
}

/** Nobody sees half of it. */
export async function setName({ directory }: Names, kind: NameKind, text: string): Promise<void> {
  const draft = join(directory, `${kind}.new`);
  await writeFile(draft, text);
  await rename(draft, join(directory, kind));
}
