/**
 * Everything one cluster holds, looked at once and complete: what could not be read is a KafkaTrouble, and only offsets and
 * sizes of partitions nobody answered for are null. Changes nothing.
 */
import type { Inventory } from '../contract/inventory.ts';
import type { Cluster } from './cluster.ts';
import { readGroupFacts } from './group-facts.ts';
import { patiently } from './retry.ts';
import { readSecurityFacts } from './security-facts.ts';
import { readTopicFacts } from './topic-facts.ts';

export async function takeInventory(cluster: Cluster, signal?: AbortSignal): Promise<Inventory> {
  const takenAt = new Date().toISOString();
  const brokers = await patiently('list the brokers', () => cluster.brokers(), { signal });
  // Commits before ends: a group that moves meanwhile looks further behind than it is, never further ahead.
  const groups = await readGroupFacts(cluster, signal);
  const [topics, security] = await Promise.all([readTopicFacts(cluster, signal), readSecurityFacts(cluster, signal)]);
  return { clusterId: cluster.clusterId, takenAt, brokers, topics, groups, ...security };
}
