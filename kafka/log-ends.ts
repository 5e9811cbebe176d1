/**
 * Where logs end and start, asked from the brokers that hold them. A high watermark hides acks=1 records that no follower has
 * yet; the log end of every replica does not. What a broker did not answer is unknown.
 */
import type { Cluster, TopicMetadata } from './cluster.ts';
import type { LogEnds, PartitionEnds } from './frozen.ts';
import type { LogStarts } from './ledger.ts';
import { askOffsets, type OffsetAnswer, type OffsetKind } from './list-offsets.ts';
import type { EndsSample } from './movement.ts';
import { partitionEnds } from './partition-ends.ts';
import { patiently } from './retry.ts';
import { hiddenTopic } from './rights.ts';

/** Every partition of the topics: each replica's log end, and the leader's watermarks and log start. */
export async function readLogEnds(cluster: Cluster, topics: readonly string[]): Promise<LogEnds> {
  const at = new Date().toISOString();
  const found = await describe(cluster, topics);
  const replicas = found.flatMap(t =>
    t.partitions.flatMap(p => p.replicas.map(broker => ({ broker, topic: t.name, partition: p.partition }))),
  );
  const [ends, highWatermarks, lastStables, starts] = await Promise.all([
    askOffsets(cluster, 'log-end', replicas),
    askLeaders(cluster, 'high-watermark', found),
    askLeaders(cluster, 'last-stable', found),
    askLeaders(cluster, 'log-start', found),
  ]);
  const endsByPlace = Map.groupBy(
    replicas.map((r, i) => ({ ...r, answer: ends[i] ?? NOT_ASKED })),
    r => `${r.topic} ${r.partition}`,
  );
  return {
    clusterId: cluster.clusterId,
    at,
    topics: found.map(t => ({
      topic: t.name,
      partitions: t.partitions.map((p, i): PartitionEnds => {
        const answers = {
          highWatermark: highWatermarks.get(t.name)?.[i] ?? NOT_ASKED,
          lastStable: lastStables.get(t.name)?.[i] ?? NOT_ASKED,
          start: starts.get(t.name)?.[i] ?? NOT_ASKED,
        };
        return partitionEnds(p, answers, endsByPlace.get(`${t.name} ${p.partition}`) ?? []);
      }),
    })),
  };
}

/** Log starts by topic and partition index, from the leaders. */
export async function readLogStarts(cluster: Cluster, topics: readonly string[]): Promise<LogStarts> {
  const starts = await askLeaders(cluster, 'log-start', await describe(cluster, topics));
  return byIndex(starts);
}

/** The leaders' log ends by topic and partition index, with when they were taken: two of them show who still writes. */
export async function sampleEnds(cluster: Cluster, topics: readonly string[]): Promise<EndsSample> {
  const found = await describe(cluster, topics);
  const atMs = Date.now();
  return { atMs, ends: byIndex(await askLeaders(cluster, 'log-end', found)) };
}

const NOT_ASKED: OffsetAnswer = { kind: 'unknown', reason: 'it has no leader' };

/** Metadata of the topics; `[]` asks for none. A topic that does not exist has no partitions. */
async function describe(cluster: Cluster, topics: readonly string[]): Promise<readonly TopicMetadata[]> {
  if (topics.length === 0) return [];
  const found = await patiently('read the leaders and replicas', () => cluster.metadata(topics), { withinMs: 10_000 });
  const hidden = found.topics.find(t => t.error === 'TOPIC_AUTHORIZATION_FAILED');
  if (hidden !== undefined) throw hiddenTopic(hidden.name);
  return found.topics;
}

/** By topic, in order of partition; partitions without a leader are unknown. */
async function askLeaders(
  cluster: Cluster,
  kind: OffsetKind,
  topics: readonly TopicMetadata[],
): Promise<ReadonlyMap<string, readonly OffsetAnswer[]>> {
  const places = topics.flatMap(t =>
    t.partitions.map(p => ({ topic: t.name, partition: p.partition, leader: p.leader })),
  );
  const led = places.flatMap(({ topic, partition, leader }) =>
    leader === null ? [] : [{ broker: leader, topic, partition }],
  );
  const answered = (await askOffsets(cluster, kind, led)).values();
  const answers = places.map(({ topic, leader }) => ({
    topic,
    answer: leader === null ? NOT_ASKED : (answered.next().value ?? NOT_ASKED),
  }));
  const grouped = Map.groupBy(answers, a => a.topic);
  return new Map(topics.map(t => [t.name, (grouped.get(t.name) ?? []).map(a => a.answer)]));
}

function byIndex(answers: ReadonlyMap<string, readonly OffsetAnswer[]>): LogStarts {
  return Object.fromEntries(
    [...answers].map(([topic, list]) => [topic, list.map(a => (a.kind === 'offset' ? a.offset : null))]),
  );
}
