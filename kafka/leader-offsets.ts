/** What each partition's leader says of its log. A partition whose leader did not answer has no entry: not knowing is never an offset. */
import type { Cluster, TopicMetadata } from './cluster.ts';
import { askOffsets, type OffsetKind } from './list-offsets.ts';

/** Offsets by topic and partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

/** Asks the leaders that `topics` names. */
export async function readLeaderOffsets(
  cluster: Cluster,
  topics: readonly TopicMetadata[],
  kind: OffsetKind,
): Promise<OffsetsByTopic> {
  const questions = topics.flatMap(topic =>
    topic.partitions.flatMap(({ partition, leader }) =>
      leader === null ? [] : [{ topic: topic.name, partition, broker: leader }],
    ),
  );
  const answers = await askOffsets(cluster, kind, questions);
  const offsets = new Map<string, Map<number, bigint>>(topics.map(topic => [topic.name, new Map()]));
  questions.forEach(({ topic, partition }, i) => {
    const answer = answers[i];
    if (answer?.kind === 'offset') offsets.get(topic)?.set(partition, BigInt(answer.offset));
  });
  return offsets;
}
