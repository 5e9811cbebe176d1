/**
 * Sweep after sweep becomes the drain ledger. A group is drained after N consecutive complete sweeps that found every row drained
 * against the same frozen ends; anything else starts its count anew, until its rows are sealed. Sealed rows never change.
 */
import type { Decision, Dispositions } from '../contract/dispositions.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { GroupFacts, GroupType } from '../contract/inventory.ts';
import type { Ledger, LedgerRow, SealedGroup } from '../contract/ledger.ts';
import { follow, type Pace, paceOf, type Track } from './eta.ts';
import { type GroupJudgement, gates, judge, type LedgerLook, rowKey, type TailCount, tailKey } from './ledger.ts';
import { isSeen, type Sweep, topicsOf } from './sight.ts';

/** Plain JSON: kept as evidence, it is where a new worker goes on. Groups are in order of name. */
export interface DrainProgress {
  /** The frozen ends that the counts stand against. */
  readonly target: string;
  readonly groups: readonly GroupProgress[];
  readonly sealed: readonly SealedGroup[];
  readonly losses: readonly Loss[];
}

export interface GroupProgress {
  readonly group: string;
  readonly topics: readonly string[];
  /** Partitions (`topic/partition`) on which a group that starts at `latest` was seen with a commit. */
  readonly committed: readonly string[];
  /** Consecutive complete sweeps that found every row drained. */
  readonly sweeps: number;
  readonly track: Track | null;
  /** Since when no sweep could say where the group stands (ISO 8601); null, or absent in older evidence, when the last one could. */
  readonly unknownSince?: string | null;
}

/** Offsets that expired or were deleted before the group read them; reported even when the group went on behind them. */
export interface Loss {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly missing: string;
}

interface Standing {
  readonly group: string;
  readonly members: number;
  /** The rows that are not sealed yet. */
  readonly rows: readonly LedgerRow[];
}
export interface DrainedGroup extends Standing {
  readonly kind: 'drained';
  readonly sweeps: number;
}
export type GroupStanding =
  | (Standing & { readonly kind: 'sealed' })
  /** May be sealed and released. */
  | DrainedGroup
  /** Every row drained, in fewer sweeps than asked for so far. */
  | (Standing & { readonly kind: 'counting'; readonly sweeps: number })
  | (Standing & { readonly kind: 'behind'; readonly remaining: string; readonly pace: Pace })
  | (Standing & { readonly kind: 'blocked'; readonly why: string })
  | (Standing & { readonly kind: 'vanished' })
  | (Standing & { readonly kind: 'unfollowable'; readonly type: GroupType })
  /** No sweep could say for this long. */
  | (Standing & { readonly kind: 'unknown'; readonly reason: string; readonly forMs: number });

/** A ledger with no sweep in it yet; the groups of the inventory are expected from the first one on. */
export function openLedger(inventory: readonly GroupFacts[]): DrainProgress {
  const groups = inventory.map(facts => ({
    group: facts.group,
    topics: topicsOf(facts),
    committed: facts.commits.map(placeOf),
    sweeps: 0,
    track: null,
  }));
  return { target: '', groups: groups.toSorted(byGroup), sealed: [], losses: [] };
}

/** The progress after one more sweep, and where each group that gates stands. */
export function foldSweep(
  progress: DrainProgress,
  look: Omit<LedgerLook, 'known' | 'committedBefore' | 'sealed'>,
  rule: { readonly sweeps: number },
): { readonly progress: DrainProgress; readonly standings: readonly GroupStanding[] } {
  const target = targetOf(look.frozen);
  const before = new Map(progress.groups.map(g => [g.group, g]));
  const sealedGroups = new Set(progress.sealed.map(s => s.group));
  const judgements = judge({
    ...look,
    known: new Map(progress.groups.map(g => [g.group, g.topics])),
    committedBefore: new Map(progress.groups.map(g => [g.group, new Set(g.committed)])),
    sealed: new Set(progress.sealed.flatMap(s => s.rows.map(rowKey))),
  });
  const latest = new Set(look.dispositions.groups.flatMap(g => (g.start === 'latest' ? [g.group] : [])));
  const commits = new Map(look.sweep.groups.flatMap(g => (isSeen(g) ? [[g.group, g.commits] as const] : [])));
  const folded = judgements.map(judgement => {
    const past = before.get(judgement.group);
    const counted = past === undefined || progress.target !== target ? 0 : past.sweeps;
    const after: GroupProgress = {
      group: judgement.group,
      topics: judgement.topics,
      committed: latest.has(judgement.group)
        ? [...new Set([...(past?.committed ?? []), ...(commits.get(judgement.group) ?? []).map(placeOf)])].toSorted()
        : [],
      sweeps: judgement.verdict.kind === 'drained' && look.sweep.kind === 'complete' ? counted + 1 : 0,
      track: trackOf(judgement, past?.track ?? null, Date.parse(look.sweep.at)),
      unknownSince: isUnknown(judgement, look.sweep) ? (past?.unknownSince ?? look.sweep.at) : null,
    };
    const isSealed = sealedGroups.has(judgement.group) && judgement.rows.length + judgement.obstacles.length === 0;
    return { after, standing: standingOf(judgement, after, { isSealed, enough: rule.sweeps, sweep: look.sweep }) };
  });
  const judged = new Set(judgements.map(j => j.group));
  return {
    progress: {
      target,
      groups: [...folded.map(f => f.after), ...progress.groups.filter(g => !judged.has(g.group))].toSorted(byGroup),
      sealed: progress.sealed,
      losses: withLosses(
        progress.losses,
        judgements.flatMap(j => j.rows),
      ),
    },
    standings: folded.map(f => f.standing),
  };
}

/** The progress with the group's rows sealed: from here on the group counts as drained whatever it commits. */
export function seal(progress: DrainProgress, drained: DrainedGroup, sealedAt: string): DrainProgress {
  const past = progress.sealed.find(s => s.group === drained.group);
  const fresh = new Set(drained.rows.map(row => `${row.topic}/${row.partition}`));
  const kept = (past?.rows ?? []).filter(row => !fresh.has(`${row.topic}/${row.partition}`));
  const rows = [...kept, ...drained.rows].toSorted(byRow);
  const entry: SealedGroup = { group: drained.group, sealedAt, sweeps: drained.sweeps, rows };
  return { ...progress, sealed: [...progress.sealed.filter(s => s !== past), entry].toSorted(byGroup) };
}

/** What a later sweep may not show again, as one string: losses, and what groups read and committed. */
export function remembered({ losses, groups }: DrainProgress): string {
  return JSON.stringify([losses, groups.map(g => [g.group, g.topics, g.committed])]);
}

/** The ledger as evidence: what was sealed, and who was excused by whom. */
export function ledgerOf(
  progress: DrainProgress,
  o: { readonly deployment: string; readonly clusterId: string; readonly dispositions: Dispositions },
): Ledger {
  const excused = o.dispositions.groups.filter(g => !gates(g));
  return {
    deployment: o.deployment,
    clusterId: o.clusterId,
    sealed: progress.sealed,
    excused: excused.map(g => ({ group: g.group, ...whyExcused(g.disposition, g.decision) })).toSorted(byGroup),
  };
}

/**
 * The ranges worth reading because a group may stand at its end without having committed it: few offsets, or a group that no
 * longer moves. Ranges that `tails` already tells about are left out.
 */
export function tailsToRead(
  standings: readonly GroupStanding[],
  tails: readonly TailCount[],
  fewOffsets: bigint,
): Omit<TailCount, 'data'>[] {
  const told = new Set(tails.map(tailKey));
  const wanted = new Map<string, Omit<TailCount, 'data'>>();
  for (const standing of standings) {
    const slow = standing.kind === 'behind' && standing.pace.kind === 'stalled';
    for (const { topic, partition, frozenEnd, state } of standing.rows) {
      if (state.kind !== 'behind' && state.kind !== 'uncommitted') continue;
      const range = { topic, partition, from: state.kind === 'behind' ? state.committed : state.from, to: frozenEnd };
      if (told.has(tailKey(range))) continue;
      if (slow || BigInt(range.to) - BigInt(range.from) <= fewOffsets) wanted.set(tailKey(range), range);
    }
  }
  return [...wanted.values()];
}

function standingOf(
  { group, members, rows, verdict }: GroupJudgement,
  after: GroupProgress,
  o: { readonly isSealed: boolean; readonly enough: number; readonly sweep: LedgerLook['sweep'] },
): GroupStanding {
  const standing = { group, members, rows };
  if (o.isSealed) return { ...standing, kind: 'sealed' };
  const forMs = Date.parse(o.sweep.at) - Date.parse(after.unknownSince ?? o.sweep.at);
  switch (verdict.kind) {
    case 'unknown':
      return { ...standing, kind: 'unknown', reason: verdict.reason, forMs };
    case 'drained':
      if (o.sweep.kind === 'incomplete')
        return {
          ...standing,
          kind: 'unknown',
          reason: `the sweep is incomplete: ${o.sweep.reasons.join('; ')}`,
          forMs,
        };
      return { ...standing, kind: after.sweeps >= o.enough ? 'drained' : 'counting', sweeps: after.sweeps };
    case 'behind':
      return {
        ...standing,
        kind: 'behind',
        remaining: verdict.remaining,
        pace: after.track === null ? { kind: 'unknown' } : paceOf(after.track),
      };
    case 'blocked':
      return { ...standing, kind: 'blocked', why: verdict.why };
    case 'vanished':
      return { ...standing, kind: 'vanished' };
    case 'unfollowable':
      return { ...standing, kind: 'unfollowable', type: verdict.type };
  }
}

/** Whether this sweep does not say where the group stands: an incomplete one proves nothing drained. */
function isUnknown({ verdict }: GroupJudgement, sweep: Sweep): boolean {
  return verdict.kind === 'unknown' || (verdict.kind === 'drained' && sweep.kind === 'incomplete');
}

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function trackOf({ verdict }: GroupJudgement, track: Track | null, atMs: number): Track | null {
  if (verdict.kind === 'behind') return follow(track, { atMs, remaining: verdict.remaining });
  return verdict.kind === 'drained' ? null : track;
}

function withLosses(losses: readonly Loss[], rows: readonly LedgerRow[]): Loss[] {
  const byPlace = new Map(losses.map(loss => [lossKey(loss), loss]));
  for (const { group, topic, partition, state } of rows) {
    if (state.kind !== 'lost') continue;
    const past = byPlace.get(lossKey({ group, topic, partition }));
    if (past === undefined || BigInt(past.missing) < BigInt(state.missing))
      byPlace.set(lossKey({ group, topic, partition }), { group, topic, partition, missing: state.missing });
  }
  return [...byPlace.values()].toSorted((a, b) => byGroup(a, b) || byRow(a, b));
}

function whyExcused(disposition: string, decision: Decision | null): { why: string; by: string } {
  return decision === null
    ? { why: disposition, by: '-' }
    : { why: `${disposition}: ${decision.reason}`, by: decision.by };
}

function targetOf(frozen: FrozenEnds): string {
  const ends = frozen.topics.map(t => [
    t.topic,
    t.partitions.toSorted((a, b) => a.partition - b.partition).map(p => [p.partition, p.end]),
  ]);
  return JSON.stringify([frozen.clusterId, ends.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))]);
}

function lossKey({ group, topic, partition }: Omit<Loss, 'missing'>): string {
  return JSON.stringify([group, topic, partition]);
}

function byGroup(a: { readonly group: string }, b: { readonly group: string }): number {
  return a.group < b.group ? -1 : a.group > b.group ? 1 : 0;
}

function byRow(
  a: { readonly topic: string; readonly partition: number },
  b: { readonly topic: string; readonly partition: number },
): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition;
}
