import { activityInfo } from '@temporalio/activity';
import type { Activities, Drained, StepInput } from '../contract/activities.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { carriedLedger } from '../contract/ledger.ts';
import { listed } from '../contract/listed.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { type GroupStanding, remembered, seal } from '../kafka/drain-progress.ts';
import { openedFences } from '../kafka/fence.ts';
import { setKeep } from '../kafka/keep.ts';
import { knownEnds } from '../kafka/known-offsets.ts';
import { pauseFor } from '../kafka/retry.ts';
import { putTicket } from '../kafka/tickets.ts';
import { firstBegun } from './begun.ts';
import { refuseChangedTopics } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { type DrainState, drainRound } from './drain-round.ts';
import {
  describeLosses,
  describeReadAgain,
  nameWhatNeverFinishes,
  refuseWhatCannotEnd,
  worst,
} from './drain-standings.ts';
import { frozenEnds } from './freeze.ts';
import { guarded } from './guard.ts';
import { groupsSplit, ticketForeign } from './hold-on-green.ts';
import { proveEvidence, type Release, readLedger, summarise, writeLedger } from './ledger-evidence.ts';
import { Naming } from './naming.ts';
import { overdue, RestartNow } from './restart-now.ts';
import type { Round } from './round.ts';
import { scopeOf } from './scope.ts';
import { askedToEnd, type Pace, perform, Refused } from './step.ts';
import { done, originalConfigs } from './topic-configs.ts';

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
  await proveEvidence(deps, deployment);
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const scope = await scopeOf(deps, input);
  const frozen = await frozenEnds(deps, deployment);
  const originals = await originalConfigs(deps, deployment);
  await using blue = await deps.connect(deployment.blue);
  await using green = await deps.connect(endpointOf(deployment, 'green'));
  const round: Round = {
    deployment,
    scope,
    blue,
    green,
    frozen: { ...frozen, topics: frozen.topics.filter(t => scope.drained.includes(t.topic)) },
    sweeps: request.drain.sweeps,
  };
  const begun = firstBegun();
  const resumed = await readLedger(deps, deployment, carriedLedger(activityInfo().heartbeatDetails));
  let state: DrainState = { progress: resumed.progress, tails: [] };
  let releases = [...resumed.releases];
  let readAgain = { ...resumed.readAgain };
  const write = () => writeLedger(deps, deployment, scope, { progress: state.progress, releases, readAgain });
  let ledger = await write();
  const neverFinishes = new Naming(deps, 'never-finishes');
  const restartNow = new RestartNow(deps);
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
    done(await setKeep(blue, scope.drained, originals.blue, guarded(deps, deployment, 'flipped', pace)), 'blue');
    await refuseOpenedFences(blue, round.frozen, pace);
    const result = await drainRound(round, state, pace);
    const remembers = remembered(result.state.progress) !== remembered(state.progress);
    state = result.state;
    const { standings } = result;
    for (const [group, read] of result.readAgain)
      readAgain = { ...readAgain, [group]: String(BigInt(readAgain[group] ?? '0') + read) };
    if (remembers || result.readAgain.size > 0) {
      ledger = await write();
      pace.carry({ ledger });
    }
    if (goal === 'all') {
      for (const standing of standings) {
        const toRelease = standing.kind === 'sealed' && !releases.some(r => r.group === standing.group);
        if (standing.kind === 'drained') {
          state = { ...state, progress: seal(state.progress, standing, new Date().toISOString()) };
          ledger = await write();
          pace.carry({ ledger });
        } else if (!toRelease) continue;
        // Sealed first, then released; a worker that died in between left a sealed group to release.
        pace.progress({ phase: 'release', releasing: standing.group });
        releases = [...releases.filter(r => r.group !== standing.group), await release(round, standing, pace)];
        ledger = await write();
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
      ledger = await write();
      return end(
        'done',
        first === undefined ? 'no group gates' : `group ${first.group} has read blue to its frozen ends`,
      );
    }
    if (goal === 'all' && open.length === 0)
      return end(
        'done',
        `${state.progress.sealed.length} groups released, every row drained${describeLosses(state.progress.losses)}${describeReadAgain(readAgain)}`,
      );
    if (askedToEnd()) return end('interrupted', 'interrupted');
    // With a read record a plain client that restarts now would bootstrap from blue again: it is named when that has moved.
    if (request.readRecord === undefined) await restartNow.name(overdue(releases, result.sweep, Date.now()));
    refuseWhatCannotEnd(open, Date.now() - begun, request.drain.deadline);
    await nameWhatNeverFinishes(open, request.drain.deadline - (Date.now() - begun), neverFinishes);
    try {
      await pauseFor(request.drain.every, pace.signal);
    } catch (error) {
      if (!askedToEnd()) throw error;
      return end('interrupted', 'interrupted');
    }
  }
}

/** Whoever takes the fence off blue is held before the first record that it lets through. */
async function refuseOpenedFences(blue: Cluster, frozen: FrozenEnds, pace: Pace): Promise<void> {
  const opened = await openedFences(
    blue,
    frozen.topics.map(t => t.topic),
    pace,
  );
  if (opened.length === 0) return;
  const named = opened.map(({ topic, seen }) => `${topic} has ${seen} instead of 1`);
  throw new Refused(
    'FenceOpen',
    `Somebody changed max.message.bytes, which fences blue: ${listed(named, 5)}. See who did it, and that they write to green; then resume, and the topics are fenced, frozen and read again; or roll back.`,
  );
}

/** The ticket says released only after the group's rows are sealed; it touches no data offset. */
async function release(round: Round, standing: GroupStanding, pace: Pace): Promise<Release> {
  const { green, deployment, scope } = round;
  const greenEnds = await knownEnds(green, scope.drained, pace);
  const put = await putTicket(green, standing.group, { deployment: deployment.id, state: 'released' }, pace);
  if (put.kind === 'split') throw groupsSplit(deployment, new Map([[standing.group, 'members']]));
  if (put.kind === 'foreign') throw ticketForeign(standing.group, put.deployment);
  return { group: standing.group, at: new Date().toISOString(), members: standing.members, greenEnds };
}
