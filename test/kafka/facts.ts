/** Inventories for tests, spelled as briefly as a test can read them. */
import type { ConfigFacts, GroupFacts, Inventory, PartitionFacts, TopicFacts } from '../../contract/inventory.ts';

export function inventoryOf(o: Partial<Inventory> = {}): Inventory {
  return {
    clusterId: 'blue-cluster',
    takenAt: '2026-01-01T00:00:00.000Z',
    brokers: [1, 2, 3].map(id => ({ id, host: `10.0.0.${id}`, port: 9092, rack: null })),
    topics: [],
    groups: [],
    acls: [],
    quotas: [],
    users: [],
    ...o,
  };
}

export function partitionOf(partition: number, o: Partial<PartitionFacts> = {}): PartitionFacts {
  const healthy = { leader: 1, leaderEpoch: 0, replicas: [1, 2, 3], isr: [1, 2, 3] };
  return { partition, ...healthy, start: '0', end: '10', sizeBytes: '1000', ...o };
}

export function override(value: string): ConfigFacts {
  return { value, source: 'topic' };
}

export function byDefault(value: string): ConfigFacts {
  return { value, source: 'default' };
}

export function topicOf(
  name: string,
  o: { configs?: Readonly<Record<string, ConfigFacts>>; partitions?: PartitionFacts[]; internal?: boolean } = {},
): TopicFacts {
  return {
    name,
    id: null,
    internal: o.internal ?? false,
    partitions: o.partitions ?? [partitionOf(0), partitionOf(1)],
    configs: { 'cleanup.policy': byDefault('delete'), 'retention.ms': byDefault('604800000'), ...o.configs },
  };
}

export function groupOf(group: string, o: Partial<GroupFacts> = {}): GroupFacts {
  return { group, type: 'classic', state: 'Empty', protocolType: 'consumer', members: [], commits: [], ...o };
}

/** A member subscribed to `topics`. */
export function memberOf(clientId: string, ...topics: string[]) {
  return { memberId: `${clientId}-1`, clientId, host: '10.0.9.9', subscriptions: topics, assignment: [] };
}
