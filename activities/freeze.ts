import type { Activities, StepInput } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { listed } from '../contract/listed.ts';
import type { RunWaiver } from '../contract/messages.ts';
import { getJson, putJson } from '../evidence/store.ts';
import { goneFrom, partitionCounts, refuseAddedPartitions, refuseChangedTopics } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { freezeAll } from './freeze-all.ts';
import { guarded } from './guard.ts';
import { scopeOf } from './scope.ts';
import { stageSinceFlip } from './signposts.ts';
import { type Pace, perform, Refused } from './step.ts';
import { originalConfigs } from './topic-configs.ts';
import { unlessBlueGone } from './without-blue.ts';

/**
 * Blue takes no record any more, proved on every leader, and its ends are fixed. Waived topics are fenced too; where their ends cannot
 * be fixed they hold up nobody, and are named in the evidence: no row, and no proof before the deletion, rests on them.
 */
export function freeze(deps: Dependencies): Activities['freeze'] {
  return input =>
    perform(pace =>
      unlessBlueGone(
        deps,
        input,
        () => fenceAndFreeze(deps, input, pace),
        waiver => withoutEnds(deps, input, waiver),
      ),
    );
}

type Answer = Awaited<ReturnType<Activities['freeze']>>;

async function fenceAndFreeze(deps: Dependencies, input: StepInput, pace: Pace): Promise<Answer> {
  const scope = await scopeOf(deps, input);
  await using blue = await deps.connect(input.deployment.blue);
  await using green = await deps.connect(endpointOf(input.deployment, 'green'));
  await refuseChangedTopics(blue, scope);
  await refuseAddedPartitions(await partitionCounts(blue, scope.drained), green, scope.drained);
  const gone = new Set(await goneFrom(blue, scope.fenced));
  const { blue: originals } = await originalConfigs(deps, input.deployment);
  const fenced = scope.fenced.filter(topic => !gone.has(topic));
  const mine = guarded(deps, input.deployment, stageSinceFlip(input.deployment), pace);
  const drained = new Set(scope.drained);
  const waived = new Set(fenced.filter(topic => !drained.has(topic)));
  const toFreeze = { cluster: blue, colour: 'blue', topics: fenced, waived, originals } as const;
  const { frozen } = await freezeAll(deps, toFreeze, mine);
  await refuseChangedTopics(blue, scope, frozen);
  const counts = new Map(frozen.topics.map(t => [t.topic, t.partitions.length]));
  await refuseAddedPartitions(counts, green, scope.drained);
  const evidence = await putJson(deps.evidence, frozen);
  const partitions = frozen.topics.flatMap(t => t.partitions).length;
  const { unfrozen = [] } = frozen;
  const besides = unfrozen.length === 0 ? '' : `; waived and only fenced: ${listed(unfrozen, 5)}`;
  return {
    evidence,
    detail: `${frozen.topics.length} topics (${partitions} partitions) fenced and frozen${besides}`,
  };
}

/** A blue that somebody deleted has no ends: no row, and no proof, can rest on any. */
async function withoutEnds(deps: Dependencies, { deployment }: StepInput, { by }: RunWaiver): Promise<Answer> {
  const none: FrozenEnds = { clusterId: deployment.blue.clusterId, topics: [] };
  return {
    evidence: await putJson(deps.evidence, none),
    detail: `somebody deleted blue before its ends were known, so no group can be proved to have read it; ${by} answers for that`,
  };
}

/** The frozen ends of this run. */
export async function frozenEnds(deps: Dependencies, deployment: Deployment): Promise<FrozenEnds> {
  const ref = deployment.evidence.frozen;
  if (ref === undefined)
    throw new Refused('FrozenMissing', 'The frozen ends are not in evidence, so nothing can be proved against them.');
  return getJson<FrozenEnds>(deps.evidence, ref);
}
