/**
 * Answers of a group's coordinator read into what was seen of it. Where the protocol hides members' subscriptions (a rebalance
 * under way, bytes that are not the consumer protocol's) the group is unseen: a missing subscription would be a missing row.
 */
import {
  type consumerGroupDescribeV0,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  type describeGroupsV5,
  type offsetFetchV8,
} from '@platformatic/kafka';
import type { CommitFacts, GroupType, MemberFacts } from '../contract/inventory.ts';
import { seenError } from './errors.ts';
import { groupTypeOf } from './group-type.ts';
import type { GroupSight, SeenGroup } from './sight.ts';

export interface ListedGroup {
  readonly group: string;
  readonly type: GroupType;
  readonly state: string;
  readonly protocolType: string;
}

export type Described =
  | {
      readonly kind: 'described';
      readonly type: GroupType;
      readonly state: string;
      readonly members: readonly MemberFacts[];
    }
  /** The coordinator knows no such group. */
  | { readonly kind: 'dead' }
  | { readonly kind: 'unseen'; readonly reason: string };

export type Committed =
  | { readonly kind: 'commits'; readonly commits: readonly CommitFacts[]; readonly unstable: SeenGroup['unstable'] }
  | { readonly kind: 'unseen'; readonly reason: string };

type ClassicGroup = describeGroupsV5.DescribeGroupsResponse['groups'][number];
type ConsumerGroup = consumerGroupDescribeV0.ConsumerGroupDescribeResponse['groups'][number];
type FetchedGroup = offsetFetchV8.OffsetFetchResponse['groups'][number];

export function readClassicGroup(group: ClassicGroup): Described {
  const error = seenError(`describe group ${group.groupId}`, group.errorCode);
  if (error !== 'NONE') return { kind: 'unseen', reason: `its coordinator answered ${error}` };
  if (group.groupState === 'Dead') return { kind: 'dead' };
  const type = groupTypeOf('classic', group.protocolType);
  if (type === 'classic' && group.members.length > 0 && group.groupState !== 'Stable')
    return { kind: 'unseen', reason: `it is rebalancing (${group.groupState})` };
  const members: MemberFacts[] = [];
  for (const member of group.members) {
    const read = type === 'classic' ? readProtocol(member.memberMetadata, member.memberAssignment) : HIDDEN;
    if (read === null)
      return { kind: 'unseen', reason: `the subscription of its member ${member.memberId} cannot be read` };
    members.push({ memberId: member.memberId, clientId: member.clientId, host: bareHost(member.clientHost), ...read });
  }
  // Kafka Streams on the classic protocol calls its assignor "stream"; its state stores do not move with its offsets.
  const streams = type === 'classic' && group.protocolData === 'stream';
  return { kind: 'described', type: streams ? 'streams' : type, state: group.groupState, members };
}

export function readConsumerGroup(group: ConsumerGroup): Described {
  const error = seenError(`describe group ${group.groupId}`, group.errorCode);
  if (error === 'GROUP_ID_NOT_FOUND') return { kind: 'dead' };
  if (error !== 'NONE') return { kind: 'unseen', reason: `its coordinator answered ${error}` };
  const members = group.members.map(m => ({
    memberId: m.memberId,
    clientId: m.clientId,
    host: bareHost(m.clientHost),
    subscriptions: m.subscribedTopicNames,
    assignment: [...m.assignment.topicPartitions, ...m.targetAssignment.topicPartitions].map(t => ({
      topic: t.topicName,
      partitions: t.partitions,
    })),
  }));
  return { kind: 'described', type: 'consumer', state: group.groupState, members };
}

export function readCommits(group: FetchedGroup): Committed {
  const what = `read the commits of group ${group.groupId}`;
  const refused = seenError(what, group.errorCode);
  if (refused !== 'NONE') return { kind: 'unseen', reason: `its commits: ${refused}` };
  const commits: CommitFacts[] = [];
  const unstable: SeenGroup['unstable'][number][] = [];
  for (const { name, partitions } of group.topics)
    for (const p of partitions) {
      const place = { topic: name, partition: p.partitionIndex };
      const error = seenError(`${what} on ${name}`, p.errorCode);
      if (error !== 'NONE') unstable.push({ ...place, reason: `its commit: ${error}` });
      else if (p.committedOffset >= 0n) commits.push({ ...place, offset: String(p.committedOffset) });
    }
  return { kind: 'commits', commits, unstable };
}

/** One group put together, or null when it is gone. */
export function sightOf(listed: ListedGroup, described: Described, committed: Committed): GroupSight | null {
  if (described.kind === 'dead') return null;
  if (described.kind === 'unseen') return { kind: 'unseen', group: listed.group, reason: described.reason };
  if (committed.kind === 'unseen') return { kind: 'unseen', group: listed.group, reason: committed.reason };
  const { type, state, members } = described;
  const { commits, unstable } = committed;
  return {
    kind: 'seen',
    group: listed.group,
    protocolType: listed.protocolType,
    type,
    state,
    members,
    commits,
    unstable,
  };
}

type Protocol = Pick<MemberFacts, 'subscriptions' | 'assignment'>;
const HIDDEN: Protocol = { subscriptions: [], assignment: [] };

function readProtocol(metadata: Buffer, assignment: Buffer): Protocol | null {
  if (metadata.length === 0) return null;
  try {
    const { topics } = decodeConsumerProtocolSubscription(metadata);
    const assigned = assignment.length === 0 ? [] : decodeConsumerProtocolAssignment(assignment).assignedPartitions;
    return { subscriptions: topics, assignment: assigned.map(a => ({ topic: a.topic, partitions: a.partitions })) };
  } catch {
    return null; // not the consumer protocol's bytes, though the group says so
  }
}

function bareHost(host: string): string {
  return host.replace(/^\//, '');
}
