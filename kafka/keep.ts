/**
 * Keep: while a topic drains nothing of it may expire unread, neither by age nor by size. What the owner had set, or had
 * not set, comes back afterwards.
 */
import type { Cluster } from './cluster.ts';
import type { Originals } from './originals.ts';
import { keepOff, keepOn } from './our-changes.ts';
import { type ConfigsChanged, changeTopicConfigs, type LongCall } from './topic-configs.ts';

/** Sets keep on the topics; `originals` must hold both keys of each. */
export async function setKeep(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, keepOn(topics, originals), o);
}

/** Puts the originals back; what is already back stays, what somebody changed meanwhile holds. */
export async function putKeepBack(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, keepOff(topics, originals), o);
}
