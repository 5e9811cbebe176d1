/**
 * One sweep judged against the frozen ends. A row is drained only when no data record lies in [committed, frozen end); a
 * partition that was never committed counts in full; what was not seen is unknown, never zero. Every partition of every topic
 * that a group ever had a commit on, an assignment of or a subscription to has a row.
 */
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import type { FrozenEnds, FrozenPartition } from '../contract/frozen.ts';
import type { GroupType } from '../contract/inventory.ts';
import type { LedgerRow, RowState } from '../contract/ledger.ts';
import { type GroupSight, type SeenGroup, type Sweep, topicsOf } from './sight.ts';

/** Log starts (decimal strings) by topic and partition index; null where no leader answered. */
export type LogStarts = Readonly<Record<string, readonly (string | null)[]>>;

/** Data records in [from, to) of one partition, read from a log that no longer grows. */
export interface TailCount {
  readonly topic: string;
  readonly partition: number;
  readonly from: string;
  readonly to: string;
  readonly data:
    | { readonly kind: 'counted'; readonly records: string }
    | { readonly kind: 'at-least'; readonly records: string };
}

export interface LedgerLook {
  readonly frozen: FrozenEnds;
  readonly sweep: Sweep;
  readonly dispositions: Dispositions;
  readonly logStarts: LogStarts;
  readonly tails: readonly TailCount[];
  /** Topics by group that earlier sweeps or the inventory saw: their rows stay. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /**
   * Partitions (`topic/partition`) by group that once had a commit. Where it is gone, a group that starts at `latest` has skipped
   * what it had not read: there it counts in full.
   */
  readonly committedBefore: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys (`rowKey`) of the rows that are sealed already: they are not judged again. */
  readonly sealed: ReadonlySet<string>;
}

export interface GroupJudgement {
  readonly group: string;
  readonly verdict: Verdict;
  readonly topics: readonly string[];
  /** The rows that are not sealed yet. */
  readonly rows: readonly LedgerRow[];
  /** Why rows are missing that should be there, such as a topic that was never frozen. */
  readonly obstacles: readonly string[];
  readonly members: number;
}

export type Verdict =
  | { readonly kind: 'drained' }
  /** Records remain that the group can still read; an upper bound, decimal string. */
  | { readonly kind: 'behind'; readonly remaining: string }
  /** Reading on does not help: commits below the log start or beyond the frozen end. */
  | { readonly kind: 'blocked'; readonly why: string }
  /** A complete sweep did not find the group that had rows to prove. */
  | { readonly kind: 'vanished' }
  /** Its type's commits do not tell what was read: no later sweep will either. */
  | { readonly kind: 'unfollowable'; readonly type: GroupType }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A judgement of every group that gates, in order of name; the order of anything in `look` makes no difference. */
export function judge(look: LedgerLook): GroupJudgement[] {
  const books = openBooks(look);
  const names = new Set([...look.known.keys(), ...look.sweep.groups.map(sight => sight.group)]);
  for (const group of look.dispositions.groups) names.add(group.group);
  return [...names]
    .toSorted()
    .filter(group => gates(books.groups.get(group)))
    .map(group => judgeGroup(group, look, books));
}

/** Whether a group holds up the drain: `move` does, and so does one that appeared after preflight. */
export function gates(group: DisposedGroup | undefined): boolean {
  return group === undefined || group.disposition === 'move';
}

interface Books {
  readonly groups: ReadonlyMap<string, DisposedGroup>;
  readonly topics: ReadonlyMap<string, Dispositions['topics'][number]>;
  readonly frozen: ReadonlyMap<string, readonly FrozenPartition[]>;
  readonly sights: ReadonlyMap<string, GroupSight>;
  readonly existing: ReadonlySet<string>;
  readonly tails: ReadonlyMap<string, TailCount['data']>;
}

function openBooks({ frozen, sweep, dispositions, tails }: LedgerLook): Books {
  return {
    groups: new Map(dispositions.groups.map(g => [g.group, g])),
    topics: new Map(dispositions.topics.map(t => [t.topic, t])),
    frozen: new Map(frozen.topics.map(t => [t.topic, t.partitions])),
    sights: new Map(sweep.groups.map(sight => [sight.group, sight])),
    existing: new Set(sweep.topics),
    tails: new Map(tails.map(tail => [tailKey(tail), tail.data])),
  };
}

function judgeGroup(group: string, look: LedgerLook, books: Books): GroupJudgement {
  const sight = books.sights.get(group);
  const seen = sight?.kind === 'seen' ? sight : null;
  const topics = [...new Set([...(look.known.get(group) ?? []), ...(seen === null ? [] : topicsOf(seen))])].toSorted();
  const blind = blindness(sight, look.sweep);
  const context = { group, seen: seen === null ? null : indexed(seen), blind, look, books };
  const pages = topics.map(topic => judgeTopic(topic, context));
  const rows = pages.flatMap(page => page.rows).filter(row => look.sealed.size === 0 || !look.sealed.has(rowKey(row)));
  const obstacles = pages.flatMap(page => page.obstacles);
  return {
    group,
    topics,
    rows,
    obstacles,
    members: seen?.members.length ?? 0,
    verdict: verdictOn(sight, look.sweep) ?? verdictOf(rows, blind, obstacles),
  };
}

/** What is known of the group without its rows, or null. */
function verdictOn(sight: GroupSight | undefined, sweep: Sweep): Verdict | null {
  if (sight === undefined) return sweep.kind === 'complete' ? { kind: 'vanished' } : null;
  return sight.kind === 'unseen' || isFollowed(sight) ? null : { kind: 'unfollowable', type: sight.type };
}

function isFollowed({ type }: SeenGroup): boolean {
  return type === 'classic' || type === 'consumer';
}

/** Why nothing can be said about the group in this sweep, or null. */
function blindness(sight: GroupSight | undefined, sweep: Sweep): string | null {
  if (sight?.kind === 'unseen') return sight.reason;
  if (sight === undefined)
    return sweep.kind === 'complete'
      ? 'the group does not exist any more'
      : `the sweep is incomplete: ${sweep.reasons.join('; ')}`;
  return isFollowed(sight) ? null : `groups of type ${sight.type} cannot be followed`;
}

interface GroupContext {
  readonly group: string;
  readonly seen: IndexedGroup | null;
  readonly blind: string | null;
  readonly look: LedgerLook;
  readonly books: Books;
}

/** The rows of one topic, or why there cannot be any; neither when the topic does not gate or does not exist. */
function judgeTopic(topic: string, context: GroupContext): { rows: LedgerRow[]; obstacles: string[] } {
  const { books, seen, group } = context;
  const disposition = books.topics.get(topic)?.disposition;
  if (disposition === 'ambient' || disposition === 'waive') return { rows: [], obstacles: [] };
  const partitions = books.frozen.get(topic);
  if (partitions === undefined) {
    if (disposition === undefined && !books.existing.has(topic)) return { rows: [], obstacles: [] };
    return { rows: [], obstacles: [`topic ${topic} has no frozen ends`] };
  }
  const covered = new Set(partitions.map(p => p.partition));
  const beyond = seen === null ? [] : partitionsOf(seen, topic).filter(p => !covered.has(p));
  return {
    rows: partitions
      .toSorted((a, b) => a.partition - b.partition)
      .map(p => ({ group, topic, partition: p.partition, frozenEnd: p.end, state: judgeRow(topic, p, context) })),
    obstacles: beyond.map(p => `partition ${p} of topic ${topic} has no frozen end`),
  };
}

/** A seen group by topic and partition: groups with thousands of partitions are judged in every sweep. */
interface IndexedGroup {
  /** The lowest where there are several. A negative commit is Kafka's way to say that there is none. */
  readonly commits: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  readonly assigned: ReadonlyMap<string, ReadonlySet<number>>;
  readonly unstable: ReadonlyMap<string, string>;
}

function indexed(group: SeenGroup): IndexedGroup {
  const commits = new Map<string, Map<number, bigint>>();
  for (const { topic, partition, offset } of group.commits) {
    const ofTopic = commits.get(topic) ?? new Map<number, bigint>();
    commits.set(topic, ofTopic);
    const committed = BigInt(offset);
    const other = ofTopic.get(partition);
    if (committed >= 0n && (other === undefined || committed < other)) ofTopic.set(partition, committed);
  }
  const assigned = new Map<string, Set<number>>();
  for (const { topic, partitions } of group.members.flatMap(m => m.assignment)) {
    const ofTopic = assigned.get(topic) ?? new Set<number>();
    assigned.set(topic, ofTopic);
    for (const partition of partitions) ofTopic.add(partition);
  }
  return { commits, assigned, unstable: new Map(group.unstable.map(u => [`${u.topic}/${u.partition}`, u.reason])) };
}

function partitionsOf({ commits, assigned }: IndexedGroup, topic: string): number[] {
  return [...new Set([...(commits.get(topic)?.keys() ?? []), ...(assigned.get(topic) ?? [])])].toSorted(
    (a, b) => a - b,
  );
}

function judgeRow(topic: string, frozen: FrozenPartition, { group, seen, blind, look, books }: GroupContext): RowState {
  if (blind !== null || seen === null) return { kind: 'unknown', reason: blind ?? 'the group was not seen' };
  const { partition } = frozen;
  const unstable = seen.unstable.get(`${topic}/${partition}`);
  if (unstable !== undefined) return { kind: 'unknown', reason: unstable };
  const start = look.logStarts[topic]?.[partition];
  if (start === undefined || start === null) return { kind: 'unknown', reason: 'the log start could not be read' };
  const logStart = BigInt(start);
  const end = BigInt(frozen.end);
  const committed = seen.commits.get(topic)?.get(partition) ?? null;
  if (committed !== null && committed > end) return { kind: 'ahead', committed: String(committed) };
  const startsLate =
    books.groups.get(group)?.start === 'latest' &&
    look.committedBefore.get(group)?.has(`${topic}/${partition}`) !== true;
  const preflightEnd = startsLate ? look.dispositions.preflightEnds[topic]?.[partition] : undefined;
  const from = committed ?? neverCommitted(frozen, preflightEnd);
  if (from < logStart)
    return { kind: 'lost', committed: String(from), logStart: start, missing: String(logStart - from) };
  const tail =
    from === end ? EMPTY : books.tails.get(tailKey({ topic, partition, from: String(from), to: frozen.end }));
  if (tail?.kind === 'counted' && tail.records === '0')
    return { kind: 'drained', committed: String(from), tail: String(end - from) };
  const remaining = tail?.kind === 'counted' ? tail.records : String(end - from);
  return committed === null
    ? { kind: 'uncommitted', from: String(from), remaining }
    : { kind: 'behind', committed: String(committed), remaining };
}

const EMPTY: TailCount['data'] = { kind: 'counted', records: '0' };

/** Everything from the log start as it was frozen, or from preflight's end where the group is declared `latest`. */
function neverCommitted(frozen: FrozenPartition, preflightEnd: string | undefined): bigint {
  const start = BigInt(frozen.start);
  if (preflightEnd === undefined) return start;
  const end = BigInt(preflightEnd);
  return end > start && end <= BigInt(frozen.end) ? end : start;
}

function verdictOf(rows: readonly LedgerRow[], blind: string | null, obstacles: readonly string[]): Verdict {
  if (blind !== null) return { kind: 'unknown', reason: blind };
  if (obstacles.length > 0) return { kind: 'unknown', reason: obstacles.slice(0, 3).join('; ') };
  const unknown = rows.find(row => row.state.kind === 'unknown');
  if (unknown?.state.kind === 'unknown')
    return { kind: 'unknown', reason: `${unknown.topic}/${unknown.partition}: ${unknown.state.reason}` };
  const blocked = rows.filter(row => row.state.kind === 'lost' || row.state.kind === 'ahead');
  if (blocked.length > 0) return { kind: 'blocked', why: blocked.slice(0, 3).map(describeBlocked).join('; ') };
  if (rows.every(row => row.state.kind === 'drained')) return { kind: 'drained' };
  return { kind: 'behind', remaining: String(rows.reduce((sum, row) => sum + remainingOf(row.state), 0n)) };
}

function describeBlocked({ topic, partition, frozenEnd, state }: LedgerRow): string {
  if (state.kind === 'lost')
    return `${topic}/${partition}: ${state.missing} offsets below the log start ${state.logStart} were never read`;
  if (state.kind === 'ahead') return `${topic}/${partition}: committed ${state.committed}, beyond the end ${frozenEnd}`;
  return `${topic}/${partition}: ${state.kind}`;
}

function remainingOf(state: RowState): bigint {
  return state.kind === 'behind' || state.kind === 'uncommitted' ? BigInt(state.remaining) : 0n;
}

/** What a row is known by. A seal holds for one end: where a topic was frozen again at another, the row is open again. */
export function rowKey({ group, topic, partition, frozenEnd }: Omit<LedgerRow, 'state'>): string {
  return JSON.stringify([group, topic, partition, frozenEnd]);
}

/** What a tail is known by: a frozen log never answers differently for the same range. */
export function tailKey(tail: { topic: string; partition: number; from: string; to: string }): string {
  return `${tail.topic}/${tail.partition}:${tail.from}-${tail.to}`;
}
