/**
 * Seeds: every moved group's offsets on green at the log start, of every partition of every topic it has on blue, committed
 * before the flip, so that a client that would start at `latest` skips nothing. A group that reads on green already is never
 * moved back unseen.
 */
import type { Dispositions, TopicDisposition } from '../contract/dispositions.ts';
import type { GroupFacts } from '../contract/inventory.ts';
import type { Cluster } from './cluster.ts';
import { commitFor, readCommitted, type TopicOffsets } from './commit-offsets.ts';
import type { LogStarts } from './ledger.ts';
import { topicsOf } from './sight.ts';
import type { LongCall } from './topic-configs.ts';
import { isBookkeeping } from './topic-dispositions.ts';

export interface GroupSeed {
  readonly group: string;
  readonly topics: readonly TopicOffsets[];
}

export interface SeedPlan {
  readonly seeds: readonly GroupSeed[];
  /** Topics, drained or waived, that a moved group reads on blue and that have no readable log start on green. */
  readonly missing: readonly { readonly group: string; readonly topic: string }[];
}

/** Everything that the groups read on blue, but bookkeeping: the topics whose log starts on green their seeds are. */
export function topicsToSeed(groups: readonly GroupFacts[]): string[] {
  const read = new Set(groups.flatMap(topicsOf));
  return [...read].filter(name => !isBookkeeping({ name })).toSorted();
}

/**
 * The seeds of the groups that move, those without a disposition included: they appeared after preflight. A waived topic is
 * seeded like one that drains: its records on blue die, those that producers write to green from the flip on do not. Topics
 * that are `ambient` are only seeded where green has them.
 */
export function seedOffsets(
  groups: readonly GroupFacts[],
  dispositions: Dispositions,
  greenLogStarts: LogStarts,
): SeedPlan {
  const disposedGroups = new Map(dispositions.groups.map(g => [g.group, g.disposition]));
  const disposedTopics = new Map(dispositions.topics.map(t => [t.topic, t.disposition]));
  const seeds: GroupSeed[] = [];
  const missing: SeedPlan['missing'][number][] = [];
  for (const group of groups.toSorted((a, b) => (a.group < b.group ? -1 : 1))) {
    if ((disposedGroups.get(group.group) ?? 'move') !== 'move') continue;
    const topics: TopicOffsets[] = [];
    for (const topic of topicsOf(group)) {
      const starts = greenLogStarts[topic];
      const readable = starts?.flatMap((offset, partition) => (offset === null ? [] : [{ partition, offset }])) ?? [];
      if (starts !== undefined && readable.length > 0 && readable.length === starts.length)
        topics.push({ topic, partitions: readable });
      else if (MUST_BE_SEEDED.has(disposedTopics.get(topic))) missing.push({ group: group.group, topic });
    }
    if (topics.length > 0) seeds.push({ group: group.group, topics });
  }
  return { seeds, missing };
}

const MUST_BE_SEEDED: ReadonlySet<TopicDisposition | undefined> = new Set(['drain', 'waive']);

export type SeedState =
  /** Every offset is the seed's. */
  | { readonly kind: 'seeded' }
  /** Some offsets are absent. */
  | { readonly kind: 'unseeded'; readonly partitions: number }
  /** Green's log of a kept topic starts above an offset of the group: what was in between is gone before the group came to read it. */
  | { readonly kind: 'expired'; readonly where: string; readonly missing: string }
  /** The group read on green before it was released. `read`: offsets beyond the seeds, decimal string. */
  | { readonly kind: 'split'; readonly why: 'has-members' | 'has-read'; readonly read: string };

export interface SeededGroup {
  readonly group: string;
  readonly state: SeedState;
  /** Offsets that the group had read on green and reads again, because it was moved back to its seed; decimal string. */
  readonly readAgain: string;
}

export interface SeedOptions extends LongCall {
  /** Topics of green where nothing may expire unread. Of others a seed below the log start is only old, and is written anew. */
  readonly kept?: ReadonlySet<string>;
  /** `again` also moves a group back that has read on green: what it read there is read again. Its members must have left. */
  readonly whenRead?: 'refuse' | 'again';
}

/** Commits each seed that is not there yet and reads it back. Asked again it changes nothing. */
export async function commitSeeds(
  green: Cluster,
  seeds: readonly GroupSeed[],
  o: SeedOptions = {},
): Promise<SeededGroup[]> {
  const before = await verifySeeds(green, seeds, o);
  const states = new Map(before.map(s => [s.group, s.state]));
  const readAgain = new Map<string, string>();
  for (const seed of seeds) {
    o.signal?.throwIfAborted();
    const state = states.get(seed.group);
    // Moved on to the log start, the group would skip what is gone, and nobody would hear of it.
    if (state?.kind === 'expired') continue;
    if (state === undefined || state.kind === 'seeded') continue;
    if (state.kind === 'split' && o.whenRead !== 'again') continue;
    const outcome = await commitFor(green, seed.group, seed.topics, o);
    const read = state.kind === 'split' ? state.read : '0';
    if (outcome.kind === 'has-members') states.set(seed.group, { kind: 'split', why: 'has-members', read });
    else readAgain.set(seed.group, read);
    o.progress?.({ seeding: seed.group });
  }
  const after = await verifySeeds(green, seeds, o);
  return after.map(({ group, state }) => {
    const refused = states.get(group);
    const isRefused = refused?.kind === 'split' && refused.why === 'has-members';
    return { group, state: isRefused ? refused : state, readAgain: readAgain.get(group) ?? '0' };
  });
}

/** How each group's offsets on green compare with its seed, in the order of `seeds`. */
export async function verifySeeds(
  green: Cluster,
  seeds: readonly GroupSeed[],
  o: Pick<SeedOptions, 'kept' | keyof LongCall> = {},
): Promise<SeededGroup[]> {
  if (seeds.length === 0) return [];
  const committed = await readCommitted(
    green,
    seeds.map(s => s.group),
    o,
  );
  return seeds.map(({ group, topics }) => {
    const found = new Map((committed.get(group) ?? []).map(c => [`${c.topic} ${c.partition}`, c.offset]));
    let absent = 0;
    let read = 0n;
    let missing = 0n;
    const expired: string[] = [];
    for (const { topic, partitions } of topics)
      for (const { partition, offset } of partitions) {
        const now = found.get(`${topic} ${partition}`);
        if (now === undefined) absent += 1;
        else if (now >= BigInt(offset)) read += now - BigInt(offset);
        else if (o.kept?.has(topic) !== true) absent += 1;
        else {
          missing += BigInt(offset) - now;
          expired.push(`${topic}/${partition}`);
        }
      }
    return { group, state: stateOf({ absent, read, missing, expired }), readAgain: '0' };
  });
}

function stateOf(found: { absent: number; read: bigint; missing: bigint; expired: readonly string[] }): SeedState {
  const [where] = found.expired;
  if (where !== undefined) return { kind: 'expired', where, missing: String(found.missing) };
  if (found.read > 0n) return { kind: 'split', why: 'has-read', read: String(found.read) };
  return found.absent === 0 ? { kind: 'seeded' } : { kind: 'unseeded', partitions: found.absent };
}
