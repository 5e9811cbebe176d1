/** What stays on green after a rollback, by topic: the topics that hold most by name and the others in one sum, because it travels through history. Pure. */
import type { FrozenEnds } from '../contract/frozen.ts';

const MOST_NAMED = 100;

/** Offsets by topic as decimal strings, the most first; topics that hold none are left out. */
export function strandedOffsets({ topics }: FrozenEnds): Readonly<Record<string, string>> {
  return Object.fromEntries(
    topics
      .map(({ topic, partitions }): [string, bigint] => [
        topic,
        partitions.reduce((sum, p) => sum + BigInt(p.end) - BigInt(p.start), 0n),
      ])
      .filter(([, count]) => count > 0n)
      .toSorted(([a, m], [b, n]) => (m === n ? (a < b ? -1 : 1) : m < n ? 1 : -1))
      .map(([topic, count]) => [topic, String(count)]),
  );
}

/** At most 100 topics by name; all others under one name that says how many they are. The sum is the same. */
export function mostStranded(stranded: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(stranded);
  const others = entries.slice(MOST_NAMED);
  if (others.length === 0) return stranded;
  const sum = others.reduce((total, [, count]) => total + BigInt(count), 0n);
  return { ...Object.fromEntries(entries.slice(0, MOST_NAMED)), [`(${others.length} other topics)`]: String(sum) };
}
