import type { Activities, Drained, StepInput } from '../contract/activities.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import type { GroupStanding } from '../kafka/drain-progress.ts';
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
import { keepReleased } from './keep-released.ts';
import { KeptLedger } from './kept-ledger.ts';
import { proveEvidence } from './ledger-evidence.ts';
import { Naming } from './naming.ts';
import { RecordWatch } from './record-watch.ts';
import { drainWithoutBlue, releaseWithoutBlue } from './release-without-blue.ts';
import { overdue, RestartNow } from './restart-now.ts';
import type { Round } from './round.ts';
import { type Scope, scopeOf } from './scope.ts';
import { askedToEnd, type Pace, perform } from './step.ts';
import { frozenAgain, refuseOpenedFences } from './still-frozen.ts';
import { keepOnBoth, originalConfigs } from './topic-configs.ts';
import { unlessBlueGone } from './without-blue.ts';

/** Sweeps until one group is drained, or there is none to wait for. Seals and releases nothing. */
export function drainFirstGroup(deps: Dependencies): Activities['drainFirstGroup'] {
  return input => sweepUnlessBlueGone(deps, input, 'first', drainWithoutBlue);
}

/** Sweeps on until every group that gates is drained; each is sealed in the ledger first, and released after that. */
export function releaseGroups(deps: Dependencies): Activities['releaseGroups'] {
  return input => sweepUnlessBlueGone(deps, input, 'all', releaseWithoutBlue);
}

type Goal = 'first' | 'all';

function sweepUnlessBlueGone(
  deps: Dependencies,
  input: StepInput,
  goal: Goal,
  without: typeof releaseWithoutBlue,
): Promise<Drained> {
  return perform(pace =>
    unlessBlueGone(
      deps,
      input,
      () => sweepUntil(deps, input, pace, goal),
      waiver => without(deps, input, waiver, pace),
    ),
  );
}

async function sweepUntil(deps: Dependencies, input: StepInput, pace: Pace, goal: Goal): Promise<Drained> {
  await proveEvidence(deps, input.deployment);
  const scope = await scopeOf(deps, input);
  const begun = firstBegun();
  const kept = await KeptLedger.open(deps, input.deployment, scope, { pace, begun });
  try {
    return await sweepOn(deps, input, { scope, kept, pace, begun, goal });
  } catch (error) {
    // A waiver or a way back ends a sweep wherever it is.
    if (!askedToEnd()) throw error;
    return kept.end('interrupted', 'interrupted');
  }
}

interface Sweeping {
  readonly scope: Scope;
  readonly kept: KeptLedger;
  readonly pace: Pace;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly goal: Goal;
}

async function sweepOn(deps: Dependencies, { deployment }: StepInput, sweeping: Sweeping): Promise<Drained> {
  const { scope, kept, pace, begun, goal } = sweeping;
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const frozen = await frozenEnds(deps, deployment);
  const originals = await originalConfigs(deps, deployment);
  await using blue = await deps.connect(deployment.blue);
  await using green = await deps.connect(endpointOf(deployment, 'green'));
  const unchanging: Omit<Round, 'remedy'> = {
    deployment,
    scope,
    blue,
    green,
    frozen: { ...frozen, topics: frozen.topics.filter(t => scope.drained.includes(t.topic)) },
    sweeps: request.drain.sweeps,
  };
  let tails: DrainState['tails'] = [];
  const neverFinishes = new Naming(deps, 'never-finishes');
  const restartNow = new RestartNow(deps);
  const records = new RecordWatch(deps, deployment, 'flipped', pace);
  for (;;) {
    await records.look();
    await refuseChangedTopics(blue, scope, frozen);
    await keepOnBoth({ blue, green }, scope.drained, originals, guarded(deps, deployment, 'flipped', pace));
    const remedy = frozenAgain(
      deployment,
      kept.releases.map(r => r.group),
    );
    const round: Round = { ...unchanging, remedy };
    await refuseOpenedFences(blue, frozen, remedy, pace);
    const { state, standings, sweep, readAgain } = await drainRound(round, { progress: kept.progress, tails }, pace);
    tails = state.tails;
    const released = kept.releases.filter(r => r.pending !== true).map(r => r.group);
    await keepReleased(round, released, sweep, pace);
    await kept.take(state.progress, readAgain);
    if (goal === 'all')
      for (const standing of standings) if (kept.isToRelease(standing)) await release(round, kept, standing, pace);
    const open = standings.filter(s => s.kind !== 'sealed' && !(s.kind === 'drained' && goal === 'all'));
    pace.progress({
      phase: goal === 'first' ? 'drain' : 'release',
      groupsOpen: open.length,
      worst: worst(open),
    });
    const first = standings.find(s => s.kind === 'drained' || s.kind === 'sealed');
    if (goal === 'first' && (first !== undefined || standings.length === 0))
      return kept.end(
        'done',
        first === undefined ? 'no group gates' : `group ${first.group} has read blue to its frozen ends`,
      );
    if (goal === 'all' && open.length === 0) {
      const { sealed, losses } = kept.progress;
      const what = `${sealed.length} groups released, every row drained`;
      return kept.end('done', `${what}${describeLosses(losses)}${describeReadAgain(kept.readAgain)}`);
    }
    pace.signal.throwIfAborted();
    // With a read record a plain client that restarts now would bootstrap from blue again: it is named when that has moved.
    if (request.readRecord === undefined) await restartNow.name(overdue(kept.releases, sweep, Date.now()));
    refuseWhatCannotEnd(open, Date.now() - begun, request.drain.deadline);
    await nameWhatNeverFinishes(open, request.drain.deadline - (Date.now() - begun), neverFinishes);
    await pauseFor(request.drain.every, pace.signal);
  }
}

/** The ticket says released only after the group's rows are sealed; it touches no data offset. A step that died in between is gone on from. */
async function release(round: Round, kept: KeptLedger, standing: GroupStanding, pace: Pace): Promise<void> {
  const { green, deployment, scope } = round;
  const { group } = standing;
  await kept.seal(standing, await knownEnds(green, scope.drained, pace));
  pace.progress({ phase: 'release', releasing: group });
  const put = await putTicket(green, group, { deployment: deployment.id, state: 'released' }, pace);
  if (put.kind === 'split') throw groupsSplit(deployment, new Map([[group, 'members']]));
  if (put.kind === 'foreign') throw ticketForeign(group, put.deployment);
  await kept.released(group);
  pace.progress({ phase: 'release', released: group });
}
