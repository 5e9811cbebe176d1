/** A broker's answer to Metadata, whole: a topic or partition in trouble is told in its own entry and hides no other. */
import { type Connection, metadataV12 } from '@platformatic/kafka';
import type { BrokerFacts } from '../contract/inventory.ts';
import { errorName, wholeAnswer } from './errors.ts';

export interface PartitionMetadata {
  readonly partition: number;
  /** Null while the partition has no leader. */
  readonly leader: number | null;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface TopicMetadata {
  readonly name: string;
  readonly id: string | null;
  readonly internal: boolean;
  /** Kafka's error name for this topic (`UNKNOWN_TOPIC_OR_PARTITION`), or null. */
  readonly error: string | null;
  /** In order of partition number. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface ClusterMetadata {
  readonly clusterId: string;
  readonly controllerId: number | null;
  readonly brokers: readonly BrokerFacts[];
  readonly topics: readonly TopicMetadata[];
}

const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000';

/** Metadata of these topics, of all when undefined, of none for `[]`; never creates one. */
export async function askMetadata(
  connection: Connection,
  topics: readonly string[] | undefined,
): Promise<ClusterMetadata> {
  const wanted = topics === undefined ? null : [...topics];
  const answer = await wholeAnswer(metadataV12.api.async(connection, wanted, false, false));
  return {
    clusterId: answer.clusterId ?? '',
    controllerId: answer.controllerId < 0 ? null : answer.controllerId,
    brokers: answer.brokers
      .map(b => ({ id: b.nodeId, host: b.host, port: b.port, rack: b.rack ?? null }))
      .toSorted((a, b) => a.id - b.id),
    topics: answer.topics.map(readTopic).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

type RawTopic = metadataV12.MetadataResponse['topics'][number];

function readTopic(topic: RawTopic): TopicMetadata {
  return {
    name: topic.name ?? '',
    id: topic.topicId === NO_TOPIC_ID ? null : topic.topicId,
    internal: topic.isInternal,
    error: topic.errorCode === 0 ? null : errorName(topic.errorCode),
    partitions: topic.partitions
      .map(p => ({
        partition: p.partitionIndex,
        leader: p.leaderId < 0 ? null : p.leaderId,
        leaderEpoch: p.leaderEpoch,
        replicas: p.replicaNodes,
        isr: p.isrNodes,
        offlineReplicas: p.offlineReplicas,
      }))
      .toSorted((a, b) => a.partition - b.partition),
  };
}
