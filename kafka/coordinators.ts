/**
 * Whoever coordinates groups or transactions leads a partition of an internal topic. Asking every such leader sees everything
 * only if none of these partitions was without a leader or changed it meanwhile: gaps are named, never passed over.
 */
import { findCoordinatorV4 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { kafkaTrouble, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently } from './retry.ts';

export interface AskedCoordinators<T> {
  readonly answers: readonly T[];
  /** Why something may be missing from `answers`; empty when nothing can be. */
  readonly gaps: readonly string[];
}

/** Asks every leader of the internal topic once, all at the same time. A topic that does not exist has nobody to ask. */
export async function askCoordinators<T>(
  cluster: Cluster,
  topic: '__consumer_offsets' | '__transaction_state',
  ask: (brokerId: number) => Promise<T>,
): Promise<AskedCoordinators<T>> {
  const before = await leadersOf(cluster, topic);
  const leaders = new Set([...before.values()].flatMap(leader => (leader.broker === null ? [] : [leader.broker])));
  const asked = await Promise.all(
    [...leaders].map(async broker => {
      try {
        return { kind: 'answer' as const, answer: await ask(broker) };
      } catch (error) {
        return {
          kind: 'gap' as const,
          gap: kafkaTrouble(`ask broker ${broker}, a coordinator of ${topic}`, error).message,
        };
      }
    }),
  );
  const after = await leadersOf(cluster, topic);
  return {
    answers: asked.flatMap(a => (a.kind === 'answer' ? [a.answer] : [])),
    gaps: [...asked.flatMap(a => (a.kind === 'gap' ? [a.gap] : [])), ...changes(topic, before, after)],
  };
}

interface Leader {
  readonly broker: number | null;
  readonly epoch: number;
}

async function leadersOf(cluster: Cluster, topic: string): Promise<Map<number, Leader>> {
  const { topics } = await cluster.metadata([topic]);
  const found = topics.find(t => t.name === topic);
  return new Map((found?.partitions ?? []).map(p => [p.partition, { broker: p.leader, epoch: p.leaderEpoch }]));
}

function changes(topic: string, before: ReadonlyMap<number, Leader>, after: ReadonlyMap<number, Leader>): string[] {
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
