/**
 * Whoever coordinates groups or transactions leads a partition of an internal topic. A broker that was just elected lists nothing
 * of a partition that it has not loaded, and hides what lies beyond a high watermark that it has not learnt yet (both seen on 4.3).
 * So an answer counts only if the broker coordinated each of its partitions before and after it, the high watermark had reached the
 * log end, and no partition lacked or changed its leader. Gaps are named, never passed over.
 */
import { describeGroupsV5, describeTransactionsV0, findCoordinatorV4 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { keyForEachPartition } from './coordinator-keys.ts';
import { seenError, troubleOfCode, wholeAnswer, whyUnseen } from './errors.ts';
import { askOffsets } from './list-offsets.ts';
import { patiently, pauseFor } from './retry.ts';

export type CoordinatorTopic = '__consumer_offsets' | '__transaction_state';

export interface AskedCoordinators<T> {
  readonly answers: readonly T[];
  /** Why something may be missing from `answers`; empty when nothing can be. */
  readonly gaps: readonly string[];
}

/** Asks every leader of the internal topic once, all at the same time. A topic that does not exist has nobody to ask. */
export async function askCoordinators<T>(
  cluster: Cluster,
  topic: CoordinatorTopic,
  ask: (brokerId: number) => Promise<T>,
): Promise<AskedCoordinators<T>> {
  const before = await leadersOf(cluster, topic);
  const keys = keyForEachPartition(before.size);
  const led = Map.groupBy(before.keys(), partition => before.get(partition)?.broker ?? null);
  const asked = await Promise.all(
    [...led].flatMap(([broker, partitions]) => (broker === null ? [] : [askOne(broker, partitions)])),
  );
  const after = await leadersOf(cluster, topic);
  return {
    answers: asked.flatMap(a => a.answers),
    gaps: [...asked.flatMap(a => a.gaps), ...changes(topic, before, after)],
  };

  async function askOne(broker: number, partitions: readonly number[]): Promise<AskedCoordinators<T>> {
    const ids = partitions.map(partition => keys[partition] ?? '');
    try {
      const notYet = [
        ...(await notCoordinated(cluster, topic, broker, ids)),
        ...(await notCaughtUp(cluster, topic, broker, partitions)),
      ];
      const answers = [await ask(broker)];
      const noMore = await notCoordinated(cluster, topic, broker, ids);
      return { answers, gaps: [...new Set([...notYet, ...noMore])].map(why => `broker ${broker} on ${topic}: ${why}`) };
    } catch (error) {
      return { answers: [], gaps: [whyUnseen(`ask broker ${broker}, a coordinator of ${topic}`, error)] };
    }
  }
}

/** The broker's error names for ids of partitions that it does not coordinate now, such as COORDINATOR_LOAD_IN_PROGRESS. */
async function notCoordinated(
  cluster: Cluster,
  topic: CoordinatorTopic,
  broker: number,
  ids: readonly string[],
): Promise<string[]> {
  const connection = await cluster.connectionTo(broker);
  const answered =
    topic === '__consumer_offsets'
      ? (await wholeAnswer(describeGroupsV5.api.async(connection, [...ids], false))).groups
      : (await wholeAnswer(describeTransactionsV0.api.async(connection, [...ids]))).transactionStates;
  const what = topic === '__consumer_offsets' ? 'describe every group' : 'describe every transactional id';
  const errors = answered.map(a => seenError(what, a.errorCode)).filter(error => !KNOWS_NO_SUCH_ID.includes(error));
  return answered.length < ids.length ? [...errors, 'it left partitions out of its answer'] : errors;
}

/** How a coordinator answers for its partition: a group that nobody has is "dead" without error. */
const KNOWS_NO_SUCH_ID: readonly string[] = ['NONE', 'GROUP_ID_NOT_FOUND', 'TRANSACTIONAL_ID_NOT_FOUND'];

/** Waits a moment for the high watermarks to reach the log ends as they are now; partitions where they do not are named. */
async function notCaughtUp(
  cluster: Cluster,
  topic: CoordinatorTopic,
  broker: number,
  partitions: readonly number[],
): Promise<string[]> {
  const questions = partitions.map(partition => ({ broker, topic, partition }));
  const ends = await askOffsets(cluster, 'log-end', questions);
  for (const deadline = Date.now() + CATCH_UP_MS; ; await pauseFor(20)) {
    const watermarks = await askOffsets(cluster, 'high-watermark', questions);
    const behind = partitions.flatMap((partition, i) => {
      const [end, watermark] = [ends[i], watermarks[i]];
      if (end?.kind !== 'offset') return [`partition ${partition}: ${end?.reason ?? 'no answer'}`];
      if (watermark?.kind !== 'offset') return [`partition ${partition}: ${watermark?.reason ?? 'no answer'}`];
      return BigInt(watermark.offset) >= BigInt(end.offset)
        ? []
        : [`partition ${partition}: high watermark ${watermark.offset}, log end ${end.offset}`];
    });
    if (behind.length === 0 || Date.now() > deadline) return behind;
  }
}

const CATCH_UP_MS = 1_000;

interface Leader {
  readonly broker: number | null;
  readonly epoch: number;
}

async function leadersOf(cluster: Cluster, topic: CoordinatorTopic): Promise<Map<number, Leader>> {
  const { topics } = await patiently(`read the leaders of ${topic}`, () => cluster.metadata([topic]), {
    withinMs: 10_000,
  });
  const found = topics.find(t => t.name === topic);
  return new Map((found?.partitions ?? []).map(p => [p.partition, { broker: p.leader, epoch: p.leaderEpoch }]));
}

function changes(
  topic: CoordinatorTopic,
  before: ReadonlyMap<number, Leader>,
  after: ReadonlyMap<number, Leader>,
): string[] {
  const gaps: string[] = [];
  for (const [partition, leader] of after) {
    const earlier = before.get(partition);
    if (leader.broker === null) gaps.push(`${topic}/${partition} has no leader`);
    else if (earlier?.broker !== leader.broker || earlier.epoch !== leader.epoch)
      gaps.push(`${topic}/${partition} got another leader meanwhile`);
  }
  for (const partition of before.keys()) if (!after.has(partition)) gaps.push(`${topic}/${partition} is gone`);
  return gaps;
}

const GROUP = 0;
const KEYS_PER_REQUEST = 500;

/** Each group's coordinator, for groups that exist and groups that do not yet. */
export async function groupCoordinators(
  cluster: Cluster,
  groups: readonly string[],
  o: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const part of chunks(groups, KEYS_PER_REQUEST))
    await patiently(
      `find the coordinators of ${part.length} groups`,
      async () => {
        const connection = await cluster.anyConnection();
        const answer = await wholeAnswer(findCoordinatorV4.api.async(connection, GROUP, [...part]));
        for (const { key, nodeId, errorCode, errorMessage } of answer.coordinators) {
          if (errorCode !== 0) throw troubleOfCode(`find the coordinator of group ${key}`, errorCode, errorMessage);
          found.set(key, nodeId);
        }
      },
      o,
    );
  return found;
}
