import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { matches } from '../contract/patterns.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson, putJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { OUR_KEYS } from '../kafka/fence.ts';
import { freezeTopics } from '../kafka/freeze.ts';
import { setKeep } from '../kafka/keep.ts';
import { type Originals, readOriginals } from '../kafka/originals.ts';
import { isBookkeeping } from '../kafka/topic-dispositions.ts';
import { goneFrom, refuseAddedPartitions, refuseChangedTopics } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { guarded } from './guard.ts';
import { type Scope, scopeOf } from './scope.ts';
import { type Pace, perform, Refused } from './step.ts';
import { mostStranded, strandedOffsets } from './stranded.ts';
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
      await refuseAddedPartitions(blue, green, scope.drained);
      const gone = new Set(await goneFrom(blue, scope.fenced));
      const { blue: originals } = await originalConfigs(deps, input.deployment);
      const fenced = scope.fenced.filter(topic => !gone.has(topic));
      const frozen = await freezeAll(blue, fenced, originals, 'blue', guarded(deps, input.deployment, pace));
      await refuseChangedTopics(blue, scope, frozen);
      const evidence = await putJson(deps.evidence, frozen);
      const partitions = frozen.topics.flatMap(t => t.partitions).length;
      return { evidence, detail: `${frozen.topics.length} topics (${partitions} partitions) fenced and frozen` };
    });
}

/** Green takes no record any more; what it holds is counted by topic and kept, for a rollback leaves it there. */
export function freezeGreen(deps: Dependencies): Activities['freezeGreen'] {
  return input =>
    perform(async pace => {
      const scope = await scopeOf(deps, { ...input, waivers: [] });
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      const gone = new Set(await goneFrom(green, scope.fenced));
      const born = await bornOnGreen(deps, input.deployment, green, scope);
      const { green: saved } = await originalConfigs(deps, input.deployment);
      const originals = { ...saved, ...(await readOriginals(green, born, OUR_KEYS, pace)) };
      const fenced = [...scope.fenced.filter(topic => !gone.has(topic)), ...born];
      const mine = guarded(deps, input.deployment, pace);
      done(await setKeep(green, born, originals, mine), 'green');
      const frozen = await freezeAll(green, fenced, originals, 'green', mine);
      const stranded = strandedOffsets(frozen);
      const total = Object.values(stranded).reduce((sum, n) => sum + BigInt(n), 0n);
      return {
        evidence: await putJson(deps.evidence, { frozen, stranded }),
        stranded: mostStranded(stranded),
        detail:
          total === 0n
            ? 'green is fenced and holds no record'
            : `green is fenced and keeps ${total} offsets: ${describeStranded(input.deployment, stranded)}`,
      };
    });
}

/** Topics that applications created on green since the flip: what they hold is nowhere else, so it is kept and counted too. */
async function bornOnGreen(
  deps: Dependencies,
  deployment: Deployment,
  green: Cluster,
  { dispositions }: Scope,
): Promise<string[]> {
  const { topics: rules } = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const known = new Set(dispositions.topics.map(t => t.topic));
  const isAmbient = (topic: string) => rules.find(rule => matches(rule.match, topic))?.disposition === 'ambient';
  return (await green.metadata()).topics
    .filter(t => !isBookkeeping(t) && !known.has(t.name) && !isAmbient(t.name))
    .map(t => t.name)
    .toSorted();
}

async function freezeAll(
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

function describeStranded(deployment: Deployment, stranded: Readonly<Record<string, string>>): string {
  const listed = Object.entries(stranded).map(([topic, count]) => `${topic} ${count}`);
  const { stack } = endpointOf(deployment, 'green');
  return `${listed.slice(0, 5).join(', ')}${listed.length > 5 ? ', …' : ''} (delete: aws cloudformation delete-stack --stack-name ${stack})`;
}

/** The frozen ends of this run. */
export async function frozenEnds(deps: Dependencies, deployment: Deployment): Promise<FrozenEnds> {
  const ref = deployment.evidence.frozen;
  if (ref === undefined)
    throw new Refused('FrozenMissing', 'The frozen ends are not in evidence, so nothing can be proved against them.');
  return getJson<FrozenEnds>(deps.evidence, ref);
}
