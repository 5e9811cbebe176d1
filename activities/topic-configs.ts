import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { getJson, putJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { liftFence, OUR_KEYS, proveLifted } from '../kafka/fence.ts';
import { putKeepBack, setKeep } from '../kafka/keep.ts';
import { type Originals, readOriginals } from '../kafka/originals.ts';
import type { ConfigsChanged, LongCall } from '../kafka/topic-configs.ts';
import { goneFrom } from './blue-topics.ts';
import { type Colour, type Dependencies, endpointOf } from './dependencies.ts';
import { guarded } from './guard.ts';
import { scopeOf } from './scope.ts';
import { perform, Refused } from './step.ts';

/** The topic configs of both clusters as they were before our first change. */
export type OriginalConfigs = Readonly<Record<Colour, Originals>>;

/** Read back from evidence; without it nothing of ours may be put on a topic, or taken off it. */
export async function originalConfigs(deps: Dependencies, deployment: Deployment): Promise<OriginalConfigs> {
  const ref = deployment.evidence.originals;
  if (ref === undefined)
    throw new Refused('OriginalsMissing', 'The original topic configs are not in evidence, so none is changed.');
  return getJson<OriginalConfigs>(deps.evidence, ref);
}

/** Keeps what keep and fence will change, on both clusters, before they do, and reads it back from evidence. */
export function saveOriginals(deps: Dependencies): Activities['saveOriginals'] {
  return input =>
    perform(async pace => {
      const { fenced } = await scopeOf(deps, input);
      await using blue = await deps.connect(input.deployment.blue);
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      const originals: OriginalConfigs = {
        blue: await readOriginals(blue, fenced, OUR_KEYS, pace),
        green: await readOriginals(green, fenced, OUR_KEYS, pace),
      };
      const evidence = await putJson(deps.evidence, originals);
      await getJson(deps.evidence, evidence);
      return { evidence, detail: `original configs of ${fenced.length} topics kept` };
    });
}

/** Nothing of a `drain` topic expires unread, on either cluster. */
export function keepRecords(deps: Dependencies): Activities['keepRecords'] {
  return input =>
    perform(async pace => {
      const { drained } = await scopeOf(deps, input);
      const originals = await originalConfigs(deps, input.deployment);
      await using blue = await deps.connect(input.deployment.blue);
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      await keepOnBoth({ blue, green }, drained, originals, guarded(deps, input.deployment, 'announced', pace));
      return { detail: `keep on ${drained.length} topics of both clusters` };
    });
}

/**
 * Keep on both clusters, until the last group has left blue: on green it keeps what was written since the flip for groups that still
 * read blue. Taken off by hand, it is put back where its owner's value stands, and anything else holds.
 */
export async function keepOnBoth(
  clusters: Readonly<Record<Colour, Cluster>>,
  topics: readonly string[],
  originals: OriginalConfigs,
  o: LongCall,
): Promise<void> {
  for (const colour of ['blue', 'green'] as const)
    done(await setKeep(clusters[colour], topics, originals[colour], o), colour);
}

/** Blue takes writes again, proved on every leader, and then expires records as its owners had set it. */
export function reopenBlue(deps: Dependencies): Activities['reopenBlue'] {
  return input =>
    perform(async pace => {
      const { fenced, drained } = await scopeOf(deps, { ...input, waivers: [] });
      const originals = await originalConfigs(deps, input.deployment);
      await using blue = await deps.connect(input.deployment.blue);
      const gone = new Set(await goneFrom(blue, fenced));
      const standing = (topics: readonly string[]) => topics.filter(topic => !gone.has(topic));
      const stage = input.deployment.evidence.kept === undefined ? 'announced' : 'writes-held';
      const mine = guarded(deps, input.deployment, stage, pace);
      done(await liftFence(blue, standing(fenced), originals.blue, mine), 'blue');
      await proveOpen(blue, standing(fenced), pace);
      done(await putKeepBack(blue, standing(drained), originals.blue, mine), 'blue');
      const deleted = gone.size === 0 ? '' : `; deleted meanwhile, not by this run: ${[...gone].join(', ')}`;
      return { detail: `${standing(fenced).length} topics of blue are open with their own configs${deleted}` };
    });
}

async function proveOpen(
  cluster: Cluster,
  topics: readonly string[],
  pace: Parameters<typeof proveLifted>[2],
): Promise<void> {
  const probed = await proveLifted(cluster, topics, pace);
  const closed = probed.find(p => p.kind !== 'open');
  if (closed !== undefined)
    throw new Refused(
      'FenceStands',
      `Partition ${closed.topic}-${closed.partition} still does not take writes (${closed.kind}). See the broker that leads it, then resume.`,
    );
}

/** Somebody else's change is never overwritten: it holds the run, named. */
export function done(changed: ConfigsChanged, colour: Colour): number {
  if (changed.kind === 'done') return changed.changed;
  const named = changed.held.slice(0, 3).map(h => `${h.topic} ${h.key} is ${h.seen}, expected ${h.expected}`);
  const more = changed.held.length > 3 ? `, and ${changed.held.length - 3} more` : '';
  throw new Refused(
    'ConfigChanged',
    `Topic configs of ${colour} were changed by somebody else: ${named.join('; ')}${more}. Put them back, then resume.`,
  );
}
