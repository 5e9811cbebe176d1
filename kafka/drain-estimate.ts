/**
 * How long groups would need for what they have not read, from two looks at their commits. An estimate over a moment, for a person
 * to look at before the start; it decides nothing. A group that committed nothing in between is not estimated: many commit only
 * every few seconds. Pure.
 */
import { formatDuration } from '../contract/duration.ts';
import type { GroupFacts, TopicFacts } from '../contract/inventory.ts';

const MOST_NAMED = 3;
const MINUTE_MS = 60_000;

export interface GroupsSample {
  readonly atMs: number;
  readonly groups: readonly GroupFacts[];
}

/** Names the slowest of these groups, if they would need longer than the drain may take. `topics` tell the ends. */
export function drainNotes(
  moving: ReadonlySet<string>,
  topics: readonly TopicFacts[],
  before: GroupsSample,
  after: GroupsSample,
  deadlineMs: number,
): string[] {
  const seconds = (after.atMs - before.atMs) / 1_000;
  if (seconds <= 0) return [];
  const ends = new Map(topics.flatMap(t => t.partitions.map(p => [at(t.name, p.partition), p.end] as const)));
  const earlier = new Map(before.groups.map(g => [g.group, g]));
  return after.groups
    .flatMap(group => {
      const known = earlier.get(group.group);
      const perSecond = known === undefined ? 0 : Number(readBetween(known, group)) / seconds;
      if (!moving.has(group.group) || perSecond <= 0) return [];
      const behind = backlogOf(group, ends);
      return [{ group: group.group, behind, perSecond, needsMs: (Number(behind) / perSecond) * 1_000 }];
    })
    .filter(({ needsMs }) => needsMs > deadlineMs)
    .toSorted((a, b) => b.needsMs - a.needsMs)
    .slice(0, MOST_NAMED)
    .map(
      ({ group, behind, perSecond, needsMs }) =>
        `Group ${group} is ${behind} records behind and reads about ${perSecond.toFixed(1)} a second now: it would need some ${Math.ceil(needsMs / MINUTE_MS)} min for them, and drain.deadline is ${formatDuration(deadlineMs)}. Let it catch up before the flip, add members, or give the drain longer.`,
    );
}

/** Over the partitions that were committed both times; a commit that went back is not progress. */
function readBetween(before: GroupFacts, after: GroupFacts): bigint {
  const offsets = new Map(before.commits.map(c => [at(c.topic, c.partition), BigInt(c.offset)]));
  return after.commits.reduce((sum, { topic, partition, offset }) => {
    const earlier = offsets.get(at(topic, partition));
    const read = earlier === undefined ? 0n : BigInt(offset) - earlier;
    return read > 0n ? sum + read : sum;
  }, 0n);
}

/** Over the partitions it committed whose ends are known: at least so much is left. */
function backlogOf({ commits }: GroupFacts, ends: ReadonlyMap<string, string | null>): bigint {
  return commits.reduce((sum, { topic, partition, offset }) => {
    const end = ends.get(at(topic, partition)) ?? null;
    const left = end === null ? 0n : BigInt(end) - BigInt(offset);
    return left > 0n ? sum + left : sum;
  }, 0n);
}

function at(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}
