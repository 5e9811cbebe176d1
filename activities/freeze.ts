import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { getJson, putJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { freezeTopics } from '../kafka/freeze.ts';
import type { Originals } from '../kafka/originals.ts';
import { goneFrom, partitionCounts, refuseAddedPartitions, refuseChangedTopics } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { guarded } from './guard.ts';
import { scopeOf } from './scope.ts';
import { stageSinceFlip } from './signposts.ts';
import { type Pace, perform, Refused } from './step.ts';
import { done, originalConfigs } from './topic-configs.ts';

/** One call of the freeze waits this long; between calls the step looks whether it was cancelled. */
const PER_CALL_MS = 20_000;

/** Blue takes no record any more, proved on every leader, and its ends are fixed. */
export function freeze(deps: Dependencies): Activities['freeze'] {
  return input =>
    perform(async pace => {
      const scope = await scopeOf(deps, input);
      await using blue = await deps.connect(input.deployment.blue);
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      await refuseChangedTopics(blue, scope);
      await refuseAddedPartitions(await partitionCounts(blue, scope.drained), green, scope.drained);
      const gone = new Set(await goneFrom(blue, scope.fenced));
      const { blue: originals } = await originalConfigs(deps, input.deployment);
      const fenced = scope.fenced.filter(topic => !gone.has(topic));
      const mine = guarded(deps, input.deployment, stageSinceFlip(input.deployment), pace);
      const frozen = await freezeAll(blue, fenced, originals, 'blue', mine);
      await refuseChangedTopics(blue, scope, frozen);
      const counts = new Map(frozen.topics.map(t => [t.topic, t.partitions.length]));
      await refuseAddedPartitions(counts, green, scope.drained);
      const evidence = await putJson(deps.evidence, frozen);
      const partitions = frozen.topics.flatMap(t => t.partitions).length;
      return { evidence, detail: `${frozen.topics.length} topics (${partitions} partitions) fenced and frozen` };
    });
}

/** Tries until every topic is frozen; a topic that carries somebody else's value holds. */
export async function freezeAll(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  colour: 'blue' | 'green',
  pace: Pace,
): Promise<FrozenEnds> {
  for (;;) {
    pace.signal.throwIfAborted();
    const result = await freezeTopics(cluster, topics, originals, { ...pace, withinMs: PER_CALL_MS });
    if (result.kind === 'frozen') return result.frozen;
    if (result.kind === 'held') done(result, colour);
    else
      pace.progress({ phase: 'freeze', waiting: result.waiting.slice(0, 5), transactions: result.transactions.length });
  }
}

/** The frozen ends of this run. */
export async function frozenEnds(deps: Dependencies, deployment: Deployment): Promise<FrozenEnds> {
  const ref = deployment.evidence.frozen;
  if (ref === undefined)
    throw new Refused('FrozenMissing', 'The frozen ends are not in evidence, so nothing can be proved against them.');
  return getJson<FrozenEnds>(deps.evidence, ref);
}
