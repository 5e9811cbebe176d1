/** What the tests do to real clusters beside the clients they test: topics, fences, and both logs read back in full. */
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import type { KafkaCluster } from '../../local/cluster.ts';
import { formatSignpost, type Signpost } from '../../switching/src/signpost.ts';
import { eventually } from './eventually.ts';

export interface LoggedRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: string;
}

/** What every reader and administrator of it needs. */
type Reachable = Pick<KafkaCluster, 'bootstrap'>;

export function kafkaOf(cluster: Reachable): Kafka {
  return new Kafka({ clientId: 'test', brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING });
}

export async function withAdmin<T>(cluster: Reachable, act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaOf(cluster).admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function createTopic(cluster: KafkaCluster, topic: string, partitions: number): Promise<void> {
  await withAdmin(cluster, async admin => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: cluster.brokers.length }],
    });
    await eventually(`every partition of ${topic} has a leader`, () => hasLeaders(admin, topic, partitions));
  });
}

/** A broker that does not know the topic yet refuses it instead. */
async function hasLeaders(admin: Admin, topic: string, partitions: number): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.filter(({ leader }) => leader >= 0).length === partitions;
  } catch {
    return false;
  }
}

export async function topicsOf(cluster: KafkaCluster): Promise<string[]> {
  return withAdmin(cluster, admin => admin.listTopics());
}

/** Sets the topic's `max.message.bytes`; no value takes it away again. */
export async function limitRecords(cluster: KafkaCluster, topic: string, bytes: number | null): Promise<void> {
  const configEntries = bytes === null ? [] : [{ name: 'max.message.bytes', value: String(bytes) }];
  await withAdmin(cluster, admin =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    }),
  );
}

/** Every record of a topic, per partition in the order of the log. */
export async function readLog(cluster: Reachable, topic: string): Promise<LoggedRecord[]> {
  const ends = await withAdmin(cluster, admin => admin.fetchTopicOffsets(topic));
  const left = new Set(ends.filter(({ high }) => high !== '0').map(({ partition }) => partition));
  if (left.size === 0) return [];
  const lastOf = new Map(ends.map(({ partition, high }) => [partition, BigInt(high) - 1n]));
  const records: LoggedRecord[] = [];
  const consumer = kafkaOf(cluster).consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { offset, key, value } of batch.messages) {
              records.push({ partition: batch.partition, offset, key: String(key), value: String(value) });
              if (BigInt(offset) >= (lastOf.get(batch.partition) ?? 0n)) left.delete(batch.partition);
            }
            if (left.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  const seen = new Map(records.map(record => [`${record.partition} ${record.offset}`, record]));
  return [...seen.values()].toSorted(
    (a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)),
  );
}

/** A signpost that names these clusters; steady on the first unless told otherwise. */
export function signpostOf(
  clusters: readonly KafkaCluster[],
  epoch: bigint,
  said: Partial<Omit<Signpost, 'epoch' | 'addresses'>> = {},
): string {
  const [first] = clusters;
  if (first === undefined) throw new Error('A signpost names at least one cluster.');
  return formatSignpost({
    epoch,
    by: null,
    write: { kind: 'cluster', id: first.clusterId },
    read: first.clusterId,
    drain: null,
    ...said,
    addresses: new Map(clusters.map(({ clusterId, bootstrap }) => [clusterId, bootstrap.split(',')[0] ?? ''])),
  });
}
