/**
 * The only way a topic's config is changed: look, decide, IncrementalAlterConfigs on the single keys, look again on every
 * broker until the effect is there. If one topic holds something that is neither ours nor the original, none is changed.
 */
import {
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
} from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';
import { type Decision, decide, describeOriginal, type Original, originalOf } from './originals.ts';
import { readTopicConfigs } from './read-configs.ts';
import { patiently, pauseFor, until } from './retry.ts';

/** One key of one topic, from the states it may be in to ours. */
export interface TopicChange {
  readonly topic: string;
  readonly key: string;
  readonly to: Original;
  readonly from: readonly Original[];
  /** States that are as good as `to` and are left alone. */
  readonly orAlready?: readonly Original[];
}

export interface HeldConfig {
  readonly topic: string;
  readonly key: string;
  readonly expected: string;
  readonly seen: string;
}

export type ConfigsChanged =
  /** Every key is as wanted on every broker; `changed` of them were changed by this call. */
  | { readonly kind: 'done'; readonly changed: number }
  /** Nothing was changed: somebody else changed these keys, or deleted these topics. */
  | { readonly kind: 'held'; readonly held: readonly HeldConfig[] };

export interface LongCall {
  readonly signal?: AbortSignal | undefined;
  /** Called at least every few seconds with what is going on. */
  readonly progress?: ((p: object) => void) | undefined;
  /**
   * Asked right before each change and right after it; throws when this call must not act any more. What was changed in between is
   * then put back as it was.
   */
  readonly stillMay?: (() => Promise<void>) | undefined;
}

/** On ZooKeeper each topic costs a few writes to the ensemble, one after the other. */
const TOPICS_PER_REQUEST = 100;
/** On ZooKeeper every broker hears of a change by a watch, which no request can see; measured below 0.5 s. */
const ZOOKEEPER_PROPAGATION_MS = 1_000;

/** Makes every change, or none when one of them must hold. Asked again after it succeeded, it changes nothing. */
export async function changeTopicConfigs(
  cluster: Cluster,
  changes: readonly TopicChange[],
  o: LongCall = {},
): Promise<ConfigsChanged> {
  const looked = await look(cluster, changes, undefined, o.signal);
  const held = looked.flatMap(({ change, decision }) =>
    decision.kind === 'hold' ? [heldBy(change, decision.seen)] : [],
  );
  if (held.length > 0) return { kind: 'held', held };
  const due = looked.flatMap(({ change, decision, seen }) => (decision.kind === 'apply' ? [{ ...change, seen }] : []));
  for (const part of chunks([...Map.groupBy(due, change => change.topic)], TOPICS_PER_REQUEST)) {
    o.signal?.throwIfAborted();
    await o.stillMay?.();
    await alter(cluster, new Map(part), o);
    await takenBackUnless(o.stillMay, () => alter(cluster, asSeen(part), { progress: o.progress }));
    o.progress?.({ changing: part[0]?.[0], topics: part.length });
  }
  await awaitEverywhere(cluster, changes, due.length > 0, o);
  return { kind: 'done', changed: due.length };
}

/** A change that came too late is undone, whatever made it late; then it fails as it should have before. */
async function takenBackUnless(stillMay: LongCall['stillMay'], takeBack: () => Promise<void>): Promise<void> {
  try {
    await stillMay?.();
  } catch (error) {
    await takeBack();
    throw error;
  }
}

function asSeen(
  part: readonly (readonly [string, readonly (TopicChange & { readonly seen: Original })[]])[],
): ReadonlyMap<string, readonly TopicChange[]> {
  return new Map(part.map(([topic, changes]) => [topic, changes.map(change => ({ ...change, to: change.seen }))]));
}

interface Looked {
  readonly change: TopicChange;
  /** What the key had. */
  readonly seen: Original;
  readonly decision: Decision | { readonly kind: 'hold'; readonly seen: null };
}

async function look(
  cluster: Cluster,
  changes: readonly TopicChange[],
  brokerId: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Looked[]> {
  const topics = [...new Set(changes.map(c => c.topic))];
  const keys = [...new Set(changes.map(c => c.key))];
  const configs = await readTopicConfigs(cluster, topics, keys, {
    signal,
    ...(brokerId === undefined ? {} : { brokerId }),
  });
  return changes.map(change => {
    const found = configs.get(change.topic);
    if (found === undefined) return { change, seen: { kind: 'absent' }, decision: { kind: 'hold', seen: null } };
    const current = originalOf(found[change.key]);
    const ours = [change.to, ...(change.orAlready ?? [])];
    return { change, seen: current, decision: decide({ current, ours, original: change.from }) };
  });
}

function heldBy(change: TopicChange, seen: Original | null): HeldConfig {
  const expected = [change.to, ...(change.orAlready ?? []), ...change.from].map(describeOriginal);
  return {
    topic: change.topic,
    key: change.key,
    expected: [...new Set(expected)].join(' or '),
    seen: seen === null ? 'the topic is gone' : describeOriginal(seen),
  };
}

async function alter(
  cluster: Cluster,
  byTopic: ReadonlyMap<string, readonly TopicChange[]>,
  o: LongCall,
): Promise<void> {
  const resources = [...byTopic].map(([resourceName, changes]) => ({
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName,
    configs: changes.map(({ key, to }) =>
      to.kind === 'value'
        ? { name: key, configOperation: IncrementalAlterConfigOperationTypes.SET, value: to.value }
        : { name: key, configOperation: IncrementalAlterConfigOperationTypes.DELETE },
    ),
  }));
  await patiently(
    `change the configs of ${byTopic.size} topics`,
    async () => {
      const connection = await cluster.anyConnection();
      const answer = await wholeAnswer(incrementalAlterConfigsV1.api.async(connection, resources, false));
      const failed = answer.responses.find(r => r.errorCode !== 0);
      if (failed !== undefined)
        throw troubleOfCode(
          `change the configs of topic ${failed.resourceName}`,
          failed.errorCode,
          failed.errorMessage,
        );
    },
    o,
  );
}

/** Waits until every broker answers with the wanted states. */
async function awaitEverywhere(
  cluster: Cluster,
  changes: readonly TopicChange[],
  changed: boolean,
  o: LongCall,
): Promise<void> {
  const brokers = await cluster.brokers();
  await Promise.all(
    brokers.map(broker =>
      until(
        `broker ${broker.id} knows the new configs of ${changes.length} keys`,
        async () => {
          const open = (await look(cluster, changes, broker.id, o.signal)).filter(l => l.decision.kind !== 'done');
          o.progress?.({ broker: broker.id, unknownTo: open.length });
          return open[0] === undefined
            ? { done: true }
            : { seen: `${open.length} not there yet, such as ${open[0].change.key} of ${open[0].change.topic}` };
        },
        o,
      ),
    ),
  );
  if (changed && (await cluster.metadataMode()) === 'zookeeper') await pauseFor(ZOOKEEPER_PROPAGATION_MS, o.signal);
}
