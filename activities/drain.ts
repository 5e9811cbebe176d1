import { activityInfo } from '@temporalio/activity';
import type { Activities, Drained, StepInput } from '../contract/activities.ts';
import { formatDuration } from '../contract/duration.ts';
import type { EvidenceRef } from '../contract/evidence.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type GroupStanding, seal } from '../kafka/drain-progress.ts';
import { whyNever } from '../kafka/eta.ts';
import { setKeep } from '../kafka/keep.ts';
import { sampleEnds } from '../kafka/log-ends.ts';
import { pauseFor } from '../kafka/retry.ts';
import { putTicket } from '../kafka/tickets.ts';
import { firstBegun } from './begun.ts';
import { refuseChangedTopics } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { type DrainState, drainRound, type Round, ticketForeign } from './drain-round.ts';
import { frozenEnds } from './freeze.ts';
import { type Release, readLedger, summarise, writeLedger } from './ledger-evidence.ts';
import { scopeOf } from './scope.ts';
import { askedToEnd, type Pace, perform, Refused } from './step.ts';
import { done, originalConfigs } from './topic-configs.ts';

/** A group that reads nothing for this long is named. */
const PATIENCE_MS = 60_000;

/** Sweeps until one group is drained, or there is none to wait for. Seals and releases nothing. */
export function drainFirstGroup(deps: Dependencies): Activities['drainFirstGroup'] {
  return input => perform(pace => sweepUntil(deps, input, pace, 'first'));
}

/** Sweeps on until every group that gates is drained; each is sealed in the ledger first, and released after that. */
export function releaseGroups(deps: Dependencies): Activities['releaseGroups'] {
  return input => perform(pace => sweepUntil(deps, input, pace, 'all'));
}

async function sweepUntil(deps: Dependencies, input: StepInput, pace: Pace, goal: 'first' | 'all'): Promise<Drained> {
  const { deployment } = input;
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const scope = await scopeOf(deps, input);
  const frozen = await frozenEnds(deps, deployment);
  const originals = await originalConfigs(deps, deployment);
  await using blue = await deps.connect(deployment.blue);
  await using green = await deps.connect(endpointOf(deployment, 'green'));
  const round: Round = {
    lateRules: request.groups,
    deployment,
    scope,
    blue,
    green,
    frozen: { ...frozen, topics: frozen.topics.filter(t => scope.drained.includes(t.topic)) },
    sweeps: request.drain.sweeps,
  };
  const begun = firstBegun();
  const resumed = await readLedger(deps, deployment, newestLedger());
  let state: DrainState = { progress: resumed.progress, tails: [] };
  let releases = [...resumed.releases];
  let ledger = await writeLedger(deps, deployment, scope, { progress: state.progress, releases });
  const told = new Set<string>();
  pace.carry({ begun, ledger });
  const end = (kind: Drained['kind'], detail: string): Drained => ({
    kind,
    detail,
    evidence: ledger,
    summary: summarise(state.progress, ledger.sha256),
  });
  for (;;) {
    await refuseChangedTopics(blue, scope, frozen);
    // Keep may have been taken off by hand: it is put back where its owner's value stands, and anything else holds.
    done(await setKeep(blue, scope.drained, originals.blue, pace), 'blue');
    const result = await drainRound(round, state, pace);
    state = result.state;
    const { standings } = result;
    if (goal === 'all') {
      for (const standing of standings) {
        const toRelease = standing.kind === 'sealed' && !releases.some(r => r.group === standing.group);
        if (standing.kind === 'drained') {
          state = { ...state, progress: seal(state.progress, standing, new Date().toISOString()) };
          ledger = await writeLedger(deps, deployment, scope, { progress: state.progress, releases });
          pace.carry({ ledger });
        } else if (!toRelease) continue;
        // Sealed first, then released; a worker that died in between left a sealed group to release.
        pace.progress({ phase: 'release', releasing: standing.group });
        releases = [...releases.filter(r => r.group !== standing.group), await release(round, standing, pace)];
        ledger = await writeLedger(deps, deployment, scope, { progress: state.progress, releases });
        pace.carry({ ledger });
      }
    }
    const open = standings.filter(s => s.kind !== 'sealed' && !(s.kind === 'drained' && goal === 'all'));
    pace.progress({
      phase: goal === 'first' ? 'drain' : 'release',
      groupsOpen: open.length,
      worst: worst(open),
    });
    const first = standings.find(s => s.kind === 'drained' || s.kind === 'sealed');
    if (goal === 'first' && (first !== undefined || standings.length === 0)) {
      ledger = await writeLedger(deps, deployment, scope, { progress: state.progress, releases });
      return end(
        'done',
        first === undefined ? 'no group gates' : `group ${first.group} has read blue to its frozen ends`,
      );
    }
    if (goal === 'all' && open.length === 0)
      return end('done', `${state.progress.sealed.length} groups released, every row drained`);
    if (askedToEnd()) return end('interrupted', 'interrupted');
    refuseWhatCannotEnd(open, Date.now() - begun, request.drain.deadline);
    await nameWhatNeverFinishes(deps, open, request.drain.deadline - (Date.now() - begun), told);
    try {
      await pauseFor(request.drain.every, pace.signal);
    } catch (error) {
      if (!askedToEnd()) throw error;
      return end('interrupted', 'interrupted');
    }
  }
}

/** The ticket says released only after the group's rows are sealed; it touches no data offset. */
async function release(round: Round, standing: GroupStanding, pace: Pace): Promise<Release> {
  const { green, deployment, scope } = round;
  const ends = await sampleEnds(green, scope.drained);
  const put = await putTicket(green, standing.group, { deployment: deployment.id, state: 'released' }, pace);
  if (put.kind === 'split')
    throw new Refused(
      'GroupSplit',
      `Group ${standing.group} has members on green before it was released from blue. Stop them there and resume, or waive the group.`,
    );
  if (put.kind === 'foreign') throw ticketForeign(standing.group, put.deployment);
  return { group: standing.group, at: new Date().toISOString(), members: standing.members, greenEnds: ends.ends };
}

/** Only what no reading can mend is left, or time is up: a person decides. */
function refuseWhatCannotEnd(open: readonly GroupStanding[], elapsedMs: number, deadlineMs: number): void {
  const stuck = open.filter(s => s.kind === 'blocked' || s.kind === 'vanished');
  const named = (standings: readonly GroupStanding[]) => standings.slice(0, 10).map(describe).join('; ');
  if (stuck.length > 0 && stuck.length === open.length)
    throw new Refused(
      'GroupsBlocked',
      `Groups cannot be proved drained: ${named(stuck)}. Mend them and resume, or waive them.`,
    );
  if (elapsedMs > deadlineMs)
    throw new Refused(
      'DrainDeadline',
      `Not every group had read blue to its frozen ends after ${formatDuration(deadlineMs)}: ${named(open)}. Help them and resume, or waive them.`,
    );
}

async function nameWhatNeverFinishes(
  deps: Dependencies,
  open: readonly GroupStanding[],
  leftMs: number,
  told: Set<string>,
): Promise<void> {
  const never = open.flatMap(standing => {
    if (standing.kind === 'blocked' || standing.kind === 'vanished')
      return [{ group: standing.group, why: describe(standing) }];
    if (standing.kind !== 'behind') return [];
    const why = whyNever({ pace: standing.pace, members: standing.members, leftMs, patienceMs: PATIENCE_MS });
    return why === null ? [] : [{ group: standing.group, why }];
  });
  const fresh = never.filter(n => !told.has(n.group));
  if (fresh.length === 0) return;
  for (const { group } of fresh) told.add(group);
  await deps.tell({ kind: 'never-finishes', groups: never.slice(0, 10) });
}

function describe(standing: GroupStanding): string {
  switch (standing.kind) {
    case 'behind':
      return `${standing.group}: ${standing.remaining} offsets left${standing.pace.kind === 'moving' ? `, about ${Math.ceil(standing.pace.etaMs / 1_000)} s` : ''}`;
    case 'blocked':
      return `${standing.group}: ${standing.why}`;
    case 'vanished':
      return `${standing.group}: the group is gone before its records were proved read`;
    case 'unknown':
      return `${standing.group}: ${standing.reason}`;
    case 'counting':
    case 'drained':
    case 'sealed':
      return `${standing.group}: ${standing.kind}`;
  }
}

/** The ten worst, small enough for a heartbeat. */
function worst(open: readonly GroupStanding[]): object[] {
  const remaining = (s: GroupStanding) => (s.kind === 'behind' ? BigInt(s.remaining) : 0n);
  return open
    .toSorted((a, b) => (remaining(a) < remaining(b) ? 1 : -1))
    .slice(0, 10)
    .map(s => ({ group: s.group.slice(0, 60), state: s.kind, left: String(remaining(s)) }));
}

function newestLedger(): EvidenceRef | null {
  const details: unknown = activityInfo().heartbeatDetails;
  if (typeof details !== 'object' || details === null || !('ledger' in details)) return null;
  return details.ledger as EvidenceRef;
}
