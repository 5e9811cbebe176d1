/**
 * Keep: while a topic drains nothing of it may expire unread, neither by age nor by size. What the owner had set, or had
 * not set, comes back afterwards.
 */
import type { Cluster } from './cluster.ts';
import { type Original, type Originals, originalFor } from './originals.ts';
import { KEEP } from './our-values.ts';
import { type ConfigsChanged, changeTopicConfigs, type LongCall, type TopicChange } from './topic-configs.ts';

/** Sets keep on the topics; `originals` must hold both keys of each. */
export async function setKeep(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, keepChanges(topics, originals, toKeep), o);
}

/** Puts the originals back; what is already back stays, what somebody changed meanwhile holds. */
export async function putKeepBack(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, keepChanges(topics, originals, fromKeep), o);
}

type Direction = (kept: Original, original: Original) => Pick<TopicChange, 'to' | 'from'>;
const toKeep: Direction = (kept, original) => ({ to: kept, from: [original] });
const fromKeep: Direction = (kept, original) => ({ to: original, from: [kept] });

function keepChanges(topics: readonly string[], originals: Originals, direction: Direction): TopicChange[] {
  return topics.flatMap(topic =>
    Object.entries(KEEP).map(([key, value]) => ({
      topic,
      key,
      ...direction({ kind: 'value', value }, originalFor(originals, topic, key)),
    })),
  );
}
