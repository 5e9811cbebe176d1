/**
 * Transactions that will never end by themselves: a partition's leader holds one open, and no coordinator has one of this producer
 * in hand that the partition belongs to (KIP-664). One that its coordinator knows ends by its timeout and is no problem.
 */
import { describeProducersV0, describeTransactionsV0, listTransactionsV0 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { errorName, KafkaTrouble, troubleOfCode, wholeAnswer } from './errors.ts';
import { readLeaderOffsets } from './leader-offsets.ts';
import { patiently, pauseFor } from './retry.ts';

export interface HangingTransaction {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly producerId: bigint;
  readonly startOffset: bigint;
}

/** A transaction may just be ending while it is looked at: only what hangs in two looks this far apart counts. */
const SECOND_LOOK_AFTER_MS = 2_000;
/** States in which a coordinator still ends the transaction. */
const IN_HAND = ['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'] as const;
const IDS_PER_REQUEST = 500;

export async function hangingTransactions(
  cluster: Cluster,
  topics: readonly string[],
  signal?: AbortSignal,
): Promise<HangingTransaction[]> {
  const first = await lookForHanging(cluster, topics, signal);
  if (first.length === 0) return [];
  await pauseFor(SECOND_LOOK_AFTER_MS, signal);
  const second = new Set((await lookForHanging(cluster, topics, signal)).map(keyOf));
  return first.filter(transaction => second.has(keyOf(transaction)));
}

function keyOf(t: HangingTransaction): string {
  return `${placeOf(t)} ${t.startOffset}`;
}

function lookForHanging(
  cluster: Cluster,
  topics: readonly string[],
  signal: AbortSignal | undefined,
): Promise<HangingTransaction[]> {
  return patiently(
    'look for hanging transactions',
    async () => {
      const open = await openInLogs(cluster, topics);
      if (open.length === 0) return [];
      // After the logs: a coordinator knows of a partition before its leader takes the first batch.
      const known = await knownPlaces(cluster);
      return open.filter(transaction => !known.has(placeOf(transaction)));
    },
    { signal },
  );
}

/** What leaders hold open, looked for only where the last stable offset is behind the high watermark. */
async function openInLogs(cluster: Cluster, topics: readonly string[]): Promise<HangingTransaction[]> {
  if (topics.length === 0) return [];
  const metadata = await cluster.metadata(topics);
  const stable = await readLeaderOffsets(cluster, metadata.topics, 'last-stable');
  const ends = await readLeaderOffsets(cluster, metadata.topics, 'high-watermark');
  const suspects = metadata.topics.flatMap(topic =>
    topic.partitions.flatMap(({ partition, leader }) => {
      if (leader === null) return [];
      const [lastStable, end] = [stable, ends].map(offsets => offsets.get(topic.name)?.get(partition));
      if (lastStable === undefined || end === undefined) throw unanswered(topic.name, partition, leader);
      return end === lastStable ? [] : [{ topic: topic.name, partition, leader }];
    }),
  );
  const found = await Promise.all(
    [...Map.groupBy(suspects, s => s.leader)].map(async ([leader, atLeader]) => {
      const request = [...Map.groupBy(atLeader, s => s.topic)].map(([name, partitions]) => ({
        name,
        partitionIndexes: partitions.map(p => p.partition),
      }));
      const answer = await wholeAnswer(describeProducersV0.api.async(await cluster.connectionTo(leader), request));
      return answer.topics.flatMap(topic =>
        topic.partitions.flatMap(p =>
          p.activeProducers
            .filter(producer => producer.currentTxnStartOffset >= 0n)
            .map(producer => ({
              topic: topic.name,
              partition: p.partitionIndex,
              leader,
              producerId: producer.producerId,
              startOffset: producer.currentTxnStartOffset,
            })),
        ),
      );
    }),
  );
  return found.flat();
}

/** Where a transaction may hang unseen nothing is concluded. */
function unanswered(topic: string, partition: number, leader: number): KafkaTrouble {
  return new KafkaTrouble(
    `Broker ${leader} did not tell where ${topic}/${partition} ends, so a hanging transaction could hide there. It is tried again; see the broker.`,
    { kind: 'unreachable', retriable: true },
  );
}

/** Producer and partition of every transaction that some coordinator has in hand. */
async function knownPlaces(cluster: Cluster): Promise<ReadonlySet<string>> {
  const brokers = await cluster.brokers();
  const found = await Promise.all(brokers.map(broker => placesKnownTo(cluster, broker.id)));
  return new Set(found.flat());
}

async function placesKnownTo(cluster: Cluster, broker: number): Promise<string[]> {
  const connection = await cluster.connectionTo(broker);
  const listing = await wholeAnswer(listTransactionsV0.api.async(connection, [...IN_HAND], [], -1n, null));
  if (listing.errorCode !== 0) throw troubleOfCode(`list the transactions of broker ${broker}`, listing.errorCode);
  const places: string[] = [];
  for (const part of chunks(listing.transactionStates, IDS_PER_REQUEST)) {
    const ids = part.map(t => t.transactionalId);
    const { transactionStates } = await wholeAnswer(describeTransactionsV0.api.async(connection, ids));
    for (const { errorCode, transactionalId, producerId, topics } of transactionStates) {
      if (errorName(errorCode) === 'TRANSACTIONAL_ID_NOT_FOUND') continue; // it expired since it was listed
      if (errorCode !== 0) throw troubleOfCode(`describe the transaction of ${transactionalId}`, errorCode);
      for (const { topic, partitions } of topics)
        places.push(...partitions.map(partition => placeOf({ topic, partition, producerId })));
    }
  }
  return places;
}

function placeOf(t: Pick<HangingTransaction, 'topic' | 'partition' | 'producerId'>): string {
  return `${t.topic}-${t.partition} ${t.producerId}`;
}
