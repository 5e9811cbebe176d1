/** What a cluster holds, as far as a deployment may change it: two runs that did the same leave the same. */
import type { Cluster } from '../../kafka/cluster.ts';
import { readCommitted } from '../../kafka/commit-offsets.ts';
import { takeInventory } from '../../kafka/inventory.ts';

export interface ClusterState {
  /** By topic: replicas of each partition, its first and last offset, and the overrides. */
  readonly topics: Readonly<
    Record<string, { readonly partitions: readonly string[]; readonly overrides: Readonly<Record<string, string>> }>
  >;
  /** By group: `topic/partition offset metadata`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export async function stateOf(cluster: Cluster): Promise<ClusterState> {
  const { topics, groups } = await takeInventory(cluster);
  const commits = await readCommitted(
    cluster,
    groups.map(g => g.group),
  );
  return {
    topics: Object.fromEntries(
      topics
        .filter(t => !t.internal)
        .map(t => [
          t.name,
          {
            partitions: t.partitions.map(p => `${p.replicas.length} replicas, ${p.start} to ${p.end}`),
            overrides: Object.fromEntries(
              Object.entries(t.configs).flatMap(([key, c]) => (c.source === 'topic' ? [[key, c.value ?? '']] : [])),
            ),
          },
        ]),
    ),
    groups: Object.fromEntries(
      [...commits].map(([group, list]) => [
        group,
        list.map(c => `${c.topic}/${c.partition} ${c.offset} ${c.metadata}`.trim()).toSorted(),
      ]),
    ),
  };
}
