/**
 * One round of the drain: a sweep of every group on blue judged against the frozen ends, with everything the judgement rests on
 * looked at again: the ends themselves, the fence under new leaders, the seeds and tickets on green. Changes nothing on blue.
 */
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { GroupRule } from '../contract/request.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { type DrainProgress, foldSweep, type GroupStanding, tailsToRead } from '../kafka/drain-progress.ts';
import { proveFence } from '../kafka/fence.ts';
import { stillFrozen } from '../kafka/frozen.ts';
import { gates, type TailCount } from '../kafka/ledger.ts';
import { readLogEnds, readLogStarts } from '../kafka/log-ends.ts';
import { commitSeeds, seedOffsets } from '../kafka/seeds.ts';
import { isSeen, type Sweep } from '../kafka/sight.ts';
import { sweepGroups } from '../kafka/sweep.ts';
import { readTails } from '../kafka/tail.ts';
import { putTicket } from '../kafka/tickets.ts';
import { type Scope, withLateGroups } from './scope.ts';
import { type Pace, Refused } from './step.ts';

/** Tails of up to this many offsets are read at once, longer ones when their group stops moving. */
const FEW_OFFSETS = 10_000n;

export interface Round {
  readonly deployment: Deployment;
  readonly scope: Scope;
  readonly blue: Cluster;
  readonly green: Cluster;
  readonly frozen: FrozenEnds;
  readonly sweeps: number;
  /** The request's rules, for groups that appeared after preflight. */
  readonly lateRules: readonly GroupRule[];
}

export interface DrainState {
  readonly progress: DrainProgress;
  readonly tails: readonly TailCount[];
}

export interface RoundResult {
  readonly state: DrainState;
  readonly standings: readonly GroupStanding[];
  readonly sweep: Sweep;
}

export async function drainRound(started: Round, { progress, tails }: DrainState, pace: Pace): Promise<RoundResult> {
  const { blue, frozen } = started;
  const unseen = await proveStillFrozen(blue, frozen, pace);
  const swept = await sweepGroups(blue, { ...pace, expected: progress.groups.map(g => g.group) });
  const sweep = unseen.leaders.length === 0 ? swept : incomplete(swept, unseen.leaders);
  const dispositions = withLateGroups(started.scope.dispositions, sweep.groups, started.lateRules);
  const scope = { ...started.scope, dispositions };
  const round = { ...started, scope };
  const logStarts = await readLogStarts(
    blue,
    frozen.topics.map(t => t.topic),
  );
  const look = { frozen, sweep, dispositions, logStarts };
  const before = foldSweep(progress, { ...look, tails }, round);
  const read = await readTails(blue, tailsToRead(before.standings, tails, FEW_OFFSETS), pace);
  const allTails = [...tails.filter(stillOf(before.standings)), ...read];
  // The same sweep is judged once: with the tails it made worth reading, where there were any.
  const { progress: next, standings } =
    read.length === 0 ? before : foldSweep(progress, { ...look, tails: allTails }, round);
  await holdOnGreen(round, sweep, new Set(next.sealed.map(s => s.group)), pace);
  return { state: { progress: next, tails: allTails }, standings, sweep };
}

/** Where a leader was not seen at the frozen end, nothing that this sweep saw counts as proved. */
function incomplete(sweep: Sweep, reasons: readonly string[]): Sweep {
  const known = sweep.kind === 'incomplete' ? sweep.reasons : [];
  return { ...sweep, kind: 'incomplete', reasons: [...known, ...reasons.slice(0, 3)] };
}

/** Keeps the tails that some row still rests on, so that the state does not grow with every commit. */
function stillOf(standings: readonly GroupStanding[]): (tail: TailCount) => boolean {
  const places = new Set(
    standings.flatMap(s =>
      s.rows.flatMap(row =>
        'committed' in row.state
          ? [`${row.topic}/${row.partition}@${row.state.committed}`]
          : 'from' in row.state
            ? [`${row.topic}/${row.partition}@${row.state.from}`]
            : [],
      ),
    ),
  );
  return tail => places.has(`${tail.topic}/${tail.partition}@${tail.from}`);
}

/**
 * Blue's ends are the frozen ones; under a leader that is new, and beside replicas that do not answer, the fence is proved again.
 * Answers what could not be seen: of a replica it harms nobody while the leader stands at the frozen end and refuses, of a leader
 * nothing may be concluded.
 */
export async function proveStillFrozen(blue: Cluster, frozen: FrozenEnds, pace: Pace): Promise<Unseen> {
  const now = await readLogEnds(
    blue,
    frozen.topics.map(t => t.topic),
  );
  const byTopic = new Map(now.topics.map(t => [t.topic, t]));
  const proveAgain: string[] = [];
  const unseen: { leaders: string[]; replicas: string[] } = { leaders: [], replicas: [] };
  for (const topic of frozen.topics) {
    const ends = byTopic.get(topic.topic) ?? { topic: topic.topic, partitions: [] };
    const seen = stillFrozen(topic, ends);
    if (seen.kind === 'moved')
      throw new Refused(
        'FrozenEndMoved',
        `Blue was changed under the fence: ${seen.where}. See who took max.message.bytes off the topic or added to it, and stop them; then resume, and the topic is frozen and read again as it is then; or roll back.`,
      );
    if (seen.kind === 'unknown') unseen[seen.led ? 'replicas' : 'leaders'].push(seen.where);
    if (seen.kind !== 'still') proveAgain.push(topic.topic);
  }
  if (proveAgain.length === 0) return unseen;
  const probed = await proveFence(blue, proveAgain, 1, pace);
  const open = probed.find(p => p.kind === 'open');
  if (open !== undefined)
    throw new Refused(
      'FenceOpen',
      `Partition ${open.topic}-${open.partition} of blue takes writes under its new leader, broker ${open.leader}. Set max.message.bytes=1 on the topic again and see who took it off, then resume.`,
    );
  for (const p of probed)
    if (p.kind === 'unknown') unseen.leaders.push(`${p.topic}/${p.partition ?? '?'}: ${p.reason}`);
  return unseen;
}

/** Partitions whose leaders could not be seen at their frozen ends, and those of whom another replica could not. */
export interface Unseen {
  readonly leaders: readonly string[];
  readonly replicas: readonly string[];
}

/** Groups that were not released yet wait on green: seeded at its log start, their tickets held. Who reads there already is split. */
async function holdOnGreen(round: Round, sweep: Sweep, released: ReadonlySet<string>, pace: Pace): Promise<void> {
  const { green, scope, deployment } = round;
  const disposed = new Map(scope.dispositions.groups.map(g => [g.group, g]));
  const waiting = sweep.groups.filter(isSeen).filter(g => gates(disposed.get(g.group)) && !released.has(g.group));
  const starts = await readLogStarts(green, scope.drained);
  const { seeds } = seedOffsets(waiting, scope.dispositions, starts);
  const seeded = await commitSeeds(green, seeds, { ...pace, whenRead: 'again' });
  const split = seeded.filter(s => s.state.kind === 'split').map(s => s.group);
  for (const { group } of seeds) {
    if (split.includes(group)) continue;
    const put = await putTicket(green, group, { deployment: deployment.id, state: 'held' }, pace);
    if (put.kind === 'split') split.push(group);
    if (put.kind === 'foreign') throw ticketForeign(group, put.deployment);
  }
  if (split.length > 0)
    throw new Refused(
      'GroupSplit',
      `Groups read on green before they were released from blue: ${split.slice(0, 10).join(', ')}. Stop their members on green and resume: they are seeded again, and what they read there is read again; or waive them.`,
    );
}

/** Another deployment's ticket is never overwritten. */
export function ticketForeign(group: string, deployment: string): Refused {
  return new Refused(
    'TicketForeign',
    `Group ${group} carries a ticket of deployment ${deployment} on green. Delete the topic _bluegreen of green if that run has ended, then resume.`,
  );
}
