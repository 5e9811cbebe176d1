/**
 * What the leaders say of their partitions' logs, many partitions per request. A partition whose leader did not answer has
 * no entry: not knowing is never an offset.
 */
import { listOffsetsV7 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { wholeAnswer } from './errors.ts';

/** Special timestamps of ListOffsets. */
export const LATEST = -1n;
export const EARLIEST = -2n;
/** Isolation levels: `high watermark` sees everything committed to the log, `last stable` stops at an open transaction. */
export const UP_TO_HIGH_WATERMARK = 0;
export const UP_TO_LAST_STABLE = 1;

const CONSUMER = -1;
const ANY_EPOCH = -1;
const PARTITIONS_PER_REQUEST = 5_000;

/** Offsets by topic and partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

/** Asks each partition's leader, as `topics` names it, for the offset at `timestamp`. */
export async function readLeaderOffsets(
  cluster: Cluster,
  topics: readonly TopicMetadata[],
  timestamp: typeof LATEST | typeof EARLIEST,
  isolation: typeof UP_TO_HIGH_WATERMARK | typeof UP_TO_LAST_STABLE,
): Promise<OffsetsByTopic> {
  const offsets = new Map<string, Map<number, bigint>>();
  const asked = topics.flatMap(topic =>
    topic.partitions.flatMap(({ partition, leader }) =>
      leader === null ? [] : [{ topic: topic.name, partition, leader }],
    ),
  );
  await Promise.all(
    [...Map.groupBy(asked, a => a.leader)].map(async ([leader, atLeader]) => {
      for (const part of chunks(atLeader, PARTITIONS_PER_REQUEST)) {
        const request = [...Map.groupBy(part, a => a.topic)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(p => ({ partitionIndex: p.partition, currentLeaderEpoch: ANY_EPOCH, timestamp })),
        }));
        const connection = await cluster.connectionTo(leader).catch(() => null);
        if (connection === null) continue;
        const answer = await wholeAnswer(listOffsetsV7.api.async(connection, CONSUMER, isolation, request)).catch(
          () => null,
        );
        for (const topic of answer?.topics ?? []) {
          const known = offsets.get(topic.name) ?? new Map<number, bigint>();
          offsets.set(topic.name, known);
          for (const p of topic.partitions) if (p.errorCode === 0) known.set(p.partitionIndex, p.offset);
        }
      }
    }),
  );
  return offsets;
}
