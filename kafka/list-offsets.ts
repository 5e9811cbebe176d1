/**
 * ListOffsets to brokers of the caller's choice. With replica id -2 a broker tells its own log end, as leader and as follower
 * alike; with -1 only the leader answers, and no further than the high watermark or the last stable offset.
 */
import { listOffsetsV6 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { seenError, wholeAnswer, whyUnseen } from './errors.ts';
import { askAgain } from './retry.ts';

export interface OffsetQuestion {
  readonly broker: number;
  readonly topic: string;
  readonly partition: number;
}

export type OffsetAnswer =
  | { readonly kind: 'offset'; readonly offset: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type OffsetKind = 'log-end' | 'high-watermark' | 'last-stable' | 'log-start';

const PARTITIONS_PER_REQUEST = 5_000;
const CONSUMER = -1;
const DEBUGGING_REPLICA = -2;
const LATEST = -1n;
const EARLIEST = -2n;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const ANY_EPOCH = -1;

const request: Readonly<Record<OffsetKind, { replica: number; isolation: number; timestamp: bigint }>> = {
  'log-end': { replica: DEBUGGING_REPLICA, isolation: READ_UNCOMMITTED, timestamp: LATEST },
  'high-watermark': { replica: CONSUMER, isolation: READ_UNCOMMITTED, timestamp: LATEST },
  'last-stable': { replica: CONSUMER, isolation: READ_COMMITTED, timestamp: LATEST },
  'log-start': { replica: CONSUMER, isolation: READ_UNCOMMITTED, timestamp: EARLIEST },
};

/** The answers in the order of the questions; one request per broker and 5,000 partitions, the brokers in parallel. */
export async function askOffsets(
  cluster: Cluster,
  kind: OffsetKind,
  questions: readonly OffsetQuestion[],
): Promise<OffsetAnswer[]> {
  const answers = new Map<string, OffsetAnswer>();
  await Promise.all(
    [...Map.groupBy(questions, q => q.broker)].map(async ([broker, all]) => {
      for (const part of chunks(all, PARTITIONS_PER_REQUEST)) await askBroker(cluster, broker, kind, part, answers);
    }),
  );
  return questions.map(
    q => answers.get(keyOf(q)) ?? { kind: 'unknown', reason: `broker ${q.broker} left it out of its answer` },
  );
}

async function askBroker(
  cluster: Cluster,
  broker: number,
  kind: OffsetKind,
  questions: readonly OffsetQuestion[],
  answers: Map<string, OffsetAnswer>,
): Promise<void> {
  const { replica, isolation, timestamp } = request[kind];
  const topics = [...Map.groupBy(questions, q => q.topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(p => ({ partitionIndex: p.partition, currentLeaderEpoch: ANY_EPOCH, timestamp })),
  }));
  try {
    const answer = await askAgain(async () => {
      const connection = await cluster.connectionTo(broker);
      return wholeAnswer(listOffsetsV6.api.async(connection, replica, isolation, topics));
    });
    for (const { name, partitions } of answer.topics)
      for (const p of partitions) {
        const error = seenError(`read the offsets of ${name}/${p.partitionIndex}`, p.errorCode);
        answers.set(
          keyOf({ broker, topic: name, partition: p.partitionIndex }),
          error === 'NONE'
            ? { kind: 'offset', offset: String(p.offset) }
            : { kind: 'unknown', reason: `broker ${broker} answered ${error}` },
        );
      }
  } catch (error) {
    const reason = whyUnseen(`ask broker ${broker} for offsets`, error);
    for (const q of questions) answers.set(keyOf(q), { kind: 'unknown', reason });
  }
}

function keyOf(q: OffsetQuestion): string {
  return `${q.broker} ${q.topic} ${q.partition}`;
}
