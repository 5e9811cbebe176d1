/**
 * Offsets committed for a group from outside it. Kafka takes them only while the group has no members: who reads now decides
 * where it reads, nobody else.
 */
import { offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { groupCoordinators } from './coordinators.ts';
import { errorName, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently } from './retry.ts';

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly metadata?: string }[];
}

export type CommitOutcome = { readonly kind: 'committed' } | { readonly kind: 'has-members' };

const NO_GENERATION = -1;
const NO_MEMBER = '';
const NO_LEADER_EPOCH = -1;
const NO_MEMBER_EPOCH = -1;
const GROUPS_PER_REQUEST = 200;
/** What coordinators of classic and KIP-848 groups answer to a commit from outside a group with members. */
const HAS_MEMBERS: readonly string[] = [
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
];

interface Patient {
  readonly signal?: AbortSignal | undefined;
}

/** Commits for one group, patiently; every partition, or a KafkaTrouble, or refused because the group has members. */
export async function commitFor(
  cluster: Cluster,
  group: string,
  offsets: readonly TopicOffsets[],
  o: Patient = {},
): Promise<CommitOutcome> {
  const what = `commit offsets for group ${group}`;
  const topics = offsets.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.map(p => ({
      partitionIndex: p.partition,
      committedOffset: BigInt(p.offset),
      committedLeaderEpoch: NO_LEADER_EPOCH,
      committedMetadata: p.metadata ?? '',
    })),
  }));
  return patiently(
    what,
    async () => {
      const connection = await coordinatorOf(cluster, group, o);
      const answer = await wholeAnswer(
        offsetCommitV8.api.async(connection, group, NO_GENERATION, NO_MEMBER, null, topics),
      );
      for (const { name, partitions } of answer.topics)
        for (const { partitionIndex, errorCode } of partitions) {
          if (HAS_MEMBERS.includes(errorName(errorCode))) return { kind: 'has-members' };
          if (errorCode !== 0) throw troubleOfCode(`${what} on ${name}/${partitionIndex}`, errorCode);
        }
      return { kind: 'committed' };
    },
    o,
  );
}

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly metadata: string;
}

/**
 * What the groups have committed, of all topics or of one partition of one; an empty list where there is nothing. Unlike a
 * sweep it is about groups by name: those that do not exist have committed nothing.
 */
export async function readCommitted(
  cluster: Cluster,
  groups: readonly string[],
  o: Patient & { readonly only?: { readonly topic: string; readonly partition: number } } = {},
): Promise<ReadonlyMap<string, readonly CommittedOffset[]>> {
  const topics = o.only === undefined ? null : [{ name: o.only.topic, partitionIndexes: [o.only.partition] }];
  return patiently(
    `read the commits of ${groups.length} groups`,
    async () => {
      const found = new Map<string, readonly CommittedOffset[]>();
      const coordinators = await groupCoordinators(cluster, groups, o);
      for (const [broker, names] of Map.groupBy(groups, group => coordinators.get(group) ?? -1))
        for (const part of chunks(names, GROUPS_PER_REQUEST)) {
          const connection = await cluster.connectionTo(broker);
          const asked = part.map(groupId => ({ groupId, memberEpoch: NO_MEMBER_EPOCH, topics }));
          const answer = await wholeAnswer(offsetFetchV8.api.async(connection, asked, true));
          for (const group of answer.groups) found.set(group.groupId, committedOf(group));
        }
      return found;
    },
    o,
  );
}

function committedOf(group: offsetFetchV8.OffsetFetchResponse['groups'][number]): CommittedOffset[] {
  const what = `read the commits of group ${group.groupId}`;
  if (group.errorCode !== 0) throw troubleOfCode(what, group.errorCode);
  return group.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(p => {
      if (p.errorCode !== 0) throw troubleOfCode(`${what} on ${name}/${p.partitionIndex}`, p.errorCode);
      if (p.committedOffset < 0n) return [];
      return [{ topic: name, partition: p.partitionIndex, offset: p.committedOffset, metadata: p.metadata ?? '' }];
    }),
  );
}

export async function coordinatorOf(cluster: Cluster, group: string, o: Patient = {}) {
  const broker = (await groupCoordinators(cluster, [group], o)).get(group);
  if (broker === undefined) throw troubleOfCode(`find the coordinator of group ${group}`, COORDINATOR_NOT_AVAILABLE);
  return cluster.connectionTo(broker);
}

const COORDINATOR_NOT_AVAILABLE = 15;
