/**
 * One look at every group of a cluster: each coordinator lists its groups (an empty filter lists all types) and is asked itself
 * for their members and commits, three requests per coordinator and 200 groups. Commits are read with requireStable (KIP-447): a
 * commit inside an open transaction is not told as the one before it. Ends are frozen, so commits come first without a race.
 */
import {
  type Connection,
  consumerGroupDescribeV0,
  describeGroupsV5,
  listGroupsV5,
  offsetFetchV8,
} from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinators, groupCoordinators } from './coordinators.ts';
import { troubleOfCode, wholeAnswer, whyUnseen } from './errors.ts';
import {
  type Committed,
  type Described,
  type ListedGroup,
  readClassicGroup,
  readCommits,
  readConsumerGroup,
  sightOf,
} from './group-sight.ts';
import { groupTypeOf } from './group-type.ts';
import { patiently } from './retry.ts';
import { requireSight } from './rights.ts';
import type { GroupSight, Sweep } from './sight.ts';
import type { LongCall } from './topic-configs.ts';

export interface SweepOptions extends LongCall {
  /** Groups that should exist: one that no coordinator lists is asked for by name before it is called gone. */
  readonly expected?: readonly string[];
}

const GROUPS_PER_REQUEST = 200;
const NO_MEMBER_EPOCH = -1;

/** Every group once. What does not answer makes its group unseen, or the sweep incomplete; only no broker at all is KafkaTrouble. */
export async function sweepGroups(cluster: Cluster, o: SweepOptions = {}): Promise<Sweep> {
  const at = new Date().toISOString();
  const { answers, gaps } = await askCoordinators(cluster, '__consumer_offsets', broker =>
    sweepCoordinator(cluster, broker, o),
  );
  const sights = new Map<string, GroupSight>();
  for (const sight of answers.flat()) {
    const other = sights.get(sight.group);
    sights.set(
      sight.group,
      other === undefined ? sight : { kind: 'unseen', group: sight.group, reason: 'two coordinators list it' },
    );
  }
  const missing = (o.expected ?? []).filter(group => !sights.has(group));
  for (const sight of await askByName(cluster, missing, o)) sights.set(sight.group, sight);
  const { topics } = await patiently('list the topics', () => cluster.metadata(), {
    withinMs: 10_000,
    signal: o.signal,
  });
  const seen = {
    at,
    topics: topics.filter(t => !t.internal).map(t => t.name),
    groups: [...sights.values()].toSorted((a, b) => (a.group < b.group ? -1 : 1)),
  };
  o.progress?.({ sweptAt: at, groups: seen.groups.length, gaps: gaps.length });
  return gaps.length === 0 ? { kind: 'complete', ...seen } : { kind: 'incomplete', ...seen, reasons: gaps };
}

async function sweepCoordinator(cluster: Cluster, broker: number, o: LongCall): Promise<GroupSight[]> {
  const connection = await cluster.connectionTo(broker);
  const answer = await wholeAnswer(listGroupsV5.api.async(connection, [], []));
  if (answer.errorCode !== 0) throw troubleOfCode(`list the groups of broker ${broker}`, answer.errorCode);
  await requireSight(connection);
  const listed = answer.groups.map(g => ({
    group: g.groupId,
    type: groupTypeOf(g.groupType, g.protocolType),
    state: g.groupState,
    protocolType: g.protocolType,
  }));
  const sights: GroupSight[] = [];
  for (const part of chunks(listed, GROUPS_PER_REQUEST)) {
    o.signal?.throwIfAborted();
    sights.push(...(await lookAt(cluster, broker, part)));
    o.progress?.({ sweeping: `broker ${broker}`, groups: sights.length, of: listed.length });
  }
  return sights;
}

/** Members before commits: whoever joins in between is there in the next sweep. */
async function lookAt(cluster: Cluster, broker: number, groups: readonly ListedGroup[]): Promise<GroupSight[]> {
  const classic = groups.filter(g => g.type === 'classic' || g.type === 'connect' || g.type === 'unknown');
  const consumer = groups.filter(g => g.type === 'consumer');
  const described = new Map([
    ...(await describeAll(classic, names => describeClassic(cluster, broker, names))),
    ...(await describeAll(consumer, names => describeConsumer(cluster, broker, names))),
  ]);
  const commits = await commitsOf(
    cluster,
    broker,
    groups.filter(g => g.type === 'classic' || g.type === 'consumer'),
  );
  return groups.flatMap(listed => {
    const sight = sightOf(
      listed,
      described.get(listed.group) ?? hiddenBy(listed),
      commits.get(listed.group) ?? { kind: 'commits', commits: [], unstable: [] },
    );
    return sight === null ? [] : [sight];
  });
}

/** Share and streams groups have calls of their own; here it is enough that they exist and of which type they are. */
function hiddenBy({ type, state }: ListedGroup): Described {
  return type === 'share' || type === 'streams'
    ? { kind: 'described', type, state, members: [] }
    : { kind: 'unseen', reason: 'its coordinator left it out of its answer' };
}

async function describeAll(
  groups: readonly ListedGroup[],
  call: (names: string[]) => Promise<[string, Described][]>,
): Promise<[string, Described][]> {
  if (groups.length === 0) return [];
  const names = groups.map(g => g.group);
  try {
    return await call(names);
  } catch (error) {
    const reason = whyUnseen(`describe ${names.length} groups`, error);
    return names.map(name => [name, { kind: 'unseen', reason }]);
  }
}

async function describeClassic(cluster: Cluster, broker: number, names: string[]): Promise<[string, Described][]> {
  const connection = await cluster.connectionTo(broker);
  const answer = await wholeAnswer(describeGroupsV5.api.async(connection, names, false));
  return answer.groups.map(g => [g.groupId, readClassicGroup(g)]);
}

/** On a connection of its own: a broker without this call answers by hanging up. */
async function describeConsumer(cluster: Cluster, broker: number, names: string[]): Promise<[string, Described][]> {
  const answer = await cluster.withOwnConnection(broker, (connection: Connection) =>
    wholeAnswer(consumerGroupDescribeV0.api.async(connection, names, false)),
  );
  return answer.groups.map(g => [g.groupId, readConsumerGroup(g)]);
}

async function commitsOf(
  cluster: Cluster,
  broker: number,
  groups: readonly ListedGroup[],
): Promise<Map<string, Committed>> {
  if (groups.length === 0) return new Map();
  const asked = groups.map(g => ({ groupId: g.group, memberEpoch: NO_MEMBER_EPOCH, topics: null }));
  try {
    const connection = await cluster.connectionTo(broker);
    const answer = await wholeAnswer(offsetFetchV8.api.async(connection, asked, true));
    const read = new Map(answer.groups.map(g => [g.groupId, readCommits(g)]));
    return new Map(
      groups.map(g => [g.group, read.get(g.group) ?? { kind: 'unseen', reason: 'its commits were left out' }]),
    );
  } catch (error) {
    const reason = whyUnseen(`read the commits of ${groups.length} groups`, error);
    return new Map(groups.map(g => [g.group, { kind: 'unseen', reason }]));
  }
}

/** Groups that exist although no coordinator listed them; a group that is dead where it belongs is not among them. */
async function askByName(cluster: Cluster, groups: readonly string[], o: LongCall): Promise<GroupSight[]> {
  if (groups.length === 0) return [];
  const unseen = (names: readonly string[], reason: string) =>
    names.map((group): GroupSight => ({ kind: 'unseen', group, reason }));
  try {
    const coordinators = await groupCoordinators(cluster, groups, o);
    const byBroker = Map.groupBy(groups, group => coordinators.get(group));
    const sights = await Promise.all(
      [...byBroker].map(async ([broker, names]) => {
        if (broker === undefined) return unseen(names, 'it has no coordinator');
        const answers = new Map(await describeClassic(cluster, broker, names));
        const alive = names.filter(name => answers.get(name)?.kind !== 'dead');
        return unseen(alive, 'its coordinator did not list it');
      }),
    );
    return sights.flat();
  } catch (error) {
    return unseen(groups, whyUnseen(`ask for ${groups.length} groups by name`, error));
  }
}
