/**
 * The consumers of this process, by service record and group: offsets that one of them was given are worth something on the
 * cluster it reads, and on no other.
 */
import type { ClusterId } from './signpost.ts';

export interface Reader {
  /** The cluster that is read now, or null between two. */
  readonly cluster: ClusterId | null;
  /** Whether a commit of this offset there leaves out nothing. */
  covers(topic: string, partition: number, offset: string): boolean;
}

const readers = new Map<string, Set<Reader>>();

/** Returns what takes the reader away again. */
export function addReader(record: string, groupId: string, reader: Reader): () => void {
  const name = JSON.stringify([record, groupId]);
  const known = readers.get(name) ?? new Set();
  readers.set(name, known.add(reader));
  return () => {
    known.delete(reader);
    if (known.size === 0) readers.delete(name);
  };
}

export function readersOf(record: string, groupId: string): readonly Reader[] {
  return [...(readers.get(JSON.stringify([record, groupId])) ?? [])];
}
