/**
 * The groups of an inventory, of every type: each broker lists those it coordinates, and is asked about them itself.
 * An empty filter lists all types; naming none but the classic one would hide the rest without a word.
 */
import {
  consumerGroupDescribeV0,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  describeGroupsV5,
  listGroupsV5,
  offsetFetchV8,
} from '@platformatic/kafka';
import type { CommitFacts, GroupFacts, GroupType, MemberFacts } from '../contract/inventory.ts';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';
import { groupTypeOf } from './group-type.ts';
import { patiently } from './retry.ts';

const GROUPS_PER_REQUEST = 100;
const NO_MEMBER_EPOCH = -1;

/** Every group of the cluster, in order of name; complete, or a KafkaTrouble. */
export async function readGroupFacts(cluster: Cluster, signal?: AbortSignal): Promise<GroupFacts[]> {
  return patiently(
    'read the groups',
    async () => {
      const brokers = await cluster.brokers();
      const groups = await Promise.all(brokers.map(broker => readGroupsAt(cluster, broker.id)));
      return groups.flat().toSorted((a, b) => (a.group < b.group ? -1 : 1));
    },
    { signal },
  );
}

interface ListedGroup {
  readonly group: string;
  readonly type: GroupType;
  readonly state: string;
  readonly protocolType: string;
}

async function readGroupsAt(cluster: Cluster, brokerId: number): Promise<GroupFacts[]> {
  const connection = await cluster.connectionTo(brokerId);
  const answer = await wholeAnswer(listGroupsV5.api.async(connection, [], []));
  if (answer.errorCode !== 0) throw troubleOfCode(`list the groups of broker ${brokerId}`, answer.errorCode);
  const listed = answer.groups.map(g => ({
    group: g.groupId,
    type: groupTypeOf(g.groupType, g.protocolType),
    state: g.groupState,
    protocolType: g.protocolType,
  }));
  const facts: GroupFacts[] = [];
  for (const part of chunks(listed, GROUPS_PER_REQUEST)) {
    const [described, commits] = await Promise.all([
      describe(cluster, brokerId, part),
      readCommits(cluster, brokerId, part),
    ]);
    facts.push(
      ...part.map(listedGroup => ({
        ...listedGroup,
        members: [],
        ...described.get(listedGroup.group),
        commits: commits.get(listedGroup.group) ?? [],
      })),
    );
  }
  return facts;
}

type Described = Pick<GroupFacts, 'type' | 'state' | 'members'>;

async function describe(
  cluster: Cluster,
  brokerId: number,
  groups: readonly ListedGroup[],
): Promise<Map<string, Described>> {
  const names = (types: readonly GroupType[]) => groups.filter(g => types.includes(g.type)).map(g => g.group);
  const [classic, consumer] = await Promise.all([
    describeClassic(cluster, brokerId, names(['classic', 'connect', 'unknown'])),
    describeConsumer(cluster, brokerId, names(['consumer'])),
  ]);
  return new Map([...classic, ...consumer]);
}

async function describeClassic(cluster: Cluster, brokerId: number, names: string[]): Promise<[string, Described][]> {
  if (names.length === 0) return [];
  const answer = await wholeAnswer(describeGroupsV5.api.async(await cluster.connectionTo(brokerId), names, false));
  return answer.groups.map(g => {
    if (g.errorCode !== 0) throw troubleOfCode(`describe group ${g.groupId}`, g.errorCode);
    const type = groupTypeOf('classic', g.protocolType);
    const readable = type === 'classic';
    const members = g.members.map(m => ({
      memberId: m.memberId,
      clientId: m.clientId,
      host: bareHost(m.clientHost),
      subscriptions: readable && m.memberMetadata.length > 0 ? subscriptions(m.memberMetadata) : [],
      assignment: readable ? assignment(m.memberAssignment) : [],
    }));
    // Kafka Streams on the classic protocol calls its assignor "stream"; its state stores do not move with its offsets.
    return [
      g.groupId,
      { type: readable && g.protocolData === 'stream' ? 'streams' : type, state: g.groupState, members },
    ];
  });
}

async function describeConsumer(cluster: Cluster, brokerId: number, names: string[]): Promise<[string, Described][]> {
  if (names.length === 0) return [];
  const answer = await cluster.withOwnConnection(brokerId, connection =>
    wholeAnswer(consumerGroupDescribeV0.api.async(connection, names, false)),
  );
  return answer.groups.map(g => {
    if (g.errorCode !== 0) throw troubleOfCode(`describe group ${g.groupId}`, g.errorCode, g.errorMessage ?? null);
    const members = g.members.map(m => ({
      memberId: m.memberId,
      clientId: m.clientId,
      host: bareHost(m.clientHost),
      subscriptions: m.subscribedTopicNames,
      assignment: m.assignment.topicPartitions.map(t => ({ topic: t.topicName, partitions: t.partitions })),
    }));
    return [g.groupId, { type: 'consumer', state: g.groupState, members }];
  });
}

async function readCommits(
  cluster: Cluster,
  brokerId: number,
  groups: readonly ListedGroup[],
): Promise<Map<string, CommitFacts[]>> {
  const asked = groups
    .filter(g => g.type !== 'share')
    .map(g => ({ groupId: g.group, memberEpoch: NO_MEMBER_EPOCH, topics: null }));
  if (asked.length === 0) return new Map();
  const answer = await wholeAnswer(offsetFetchV8.api.async(await cluster.connectionTo(brokerId), asked, false));
  return new Map(
    answer.groups.map(g => {
      if (g.errorCode !== 0) throw troubleOfCode(`read the commits of group ${g.groupId}`, g.errorCode);
      const commits = g.topics.flatMap(t =>
        t.partitions.map(p => {
          if (p.errorCode !== 0) throw troubleOfCode(`read the commits of group ${g.groupId}`, p.errorCode);
          return { topic: t.name, partition: p.partitionIndex, offset: p.committedOffset.toString() };
        }),
      );
      return [g.groupId, commits];
    }),
  );
}

function subscriptions(metadata: Buffer): readonly string[] {
  try {
    return decodeConsumerProtocolSubscription(metadata).topics;
  } catch {
    return []; // not the consumer protocol's bytes after all: the protocol hides it
  }
}

function assignment(bytes: Buffer): MemberFacts['assignment'] {
  try {
    return decodeConsumerProtocolAssignment(bytes).assignedPartitions.map(a => ({
      topic: a.topic,
      partitions: a.partitions,
    }));
  } catch {
    return [];
  }
}

function bareHost(host: string): string {
  return host.replace(/^\//, '');
}
