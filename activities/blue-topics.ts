/**
 * Blue's topics are those that preflight saw, until blue is deleted: none more, none fewer, none with other partitions, and none
 * that only has the name of one: brokers make a deleted topic anew for the next client that asks for it. Whoever changes them after
 * the flip works on the wrong cluster, or takes away records that somebody has still to read.
 */
import type { Dispositions } from '../contract/dispositions.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { listed } from '../contract/listed.ts';
import type { Cluster } from '../kafka/cluster.ts';
import type { TopicMetadata } from '../kafka/metadata.ts';
import { isBookkeeping } from '../kafka/topic-dispositions.ts';
import { presenceOnBrokers } from '../kafka/topic-presence.ts';
import type { Scope } from './scope.ts';
import { Refused } from './step.ts';

/**
 * Refuses topics that were created on blue and that no rule calls ambient, and those that were deleted while their records were to
 * be read, also where an empty one has their name now. Once blue is frozen, a topic that was not frozen with it counts as created,
 * whatever its name.
 */
export async function refuseChangedTopics(
  blue: Cluster,
  { disposed, drained, fenced }: Scope,
  frozen: FrozenEnds | null = null,
): Promise<void> {
  const { topics } = await blue.metadata();
  const decided = disposed({ groups: [], topics: topics.map(t => t.name) });
  const known = new Set(decided.topics.map(t => t.topic));
  const onlyFenced = new Set(frozen?.unfrozen);
  const mustBeFrozen = new Set(frozen === null ? [] : fenced.filter(topic => !onlyFenced.has(topic)));
  const isFrozen = new Set(frozen?.topics.map(t => t.topic));
  const created = topics
    .filter(t => !isBookkeeping(t) && (!known.has(t.name) || (mustBeFrozen.has(t.name) && !isFrozen.has(t.name))))
    .map(t => t.name);
  if (created.length > 0)
    throw new Refused(
      'TopicAppeared',
      `Topics were created on blue after preflight: ${listed(created)}. Whoever writes them still uses blue: move their records to green, delete them from blue, then resume; or roll back.`,
    );
  const deleted = await goneFrom(blue, drained);
  if (deleted.length > 0)
    throw new Refused(
      'TopicDeleted',
      `${listed(deleted)}: deleted from blue after preflight, with whatever nobody had read there yet. See who did it; waive each as a topic to go on without those records, or roll back.`,
    );
  const anew = createdAnew(decided, topics, drained);
  if (anew.length > 0)
    throw new Refused(
      'TopicDeleted',
      `${listed(anew)}: deleted from blue and created anew after preflight, with whatever nobody had read there yet. See who did it; waive each as a topic to go on without those records, or roll back.`,
    );
}

/** Those of `names` that are not the topics of preflight any more, by their ids; where one of both ids is unknown the name decides. Pure. */
export function createdAnew(
  { topicIds = {} }: Pick<Dispositions, 'topicIds'>,
  now: readonly Pick<TopicMetadata, 'name' | 'id'>[],
  names: readonly string[],
): string[] {
  const idNow = new Map(now.map(({ name, id }) => [name, id]));
  return names.filter(name => {
    const [then, seen] = [topicIds[name], idNow.get(name) ?? null];
    return then !== undefined && seen !== null && seen !== then;
  });
}

/** Those of the topics that no broker knows; what one broker has not heard of may still exist. */
export async function goneFrom(cluster: Cluster, topics: readonly string[]): Promise<string[]> {
  const listedNow = new Set((await cluster.metadata()).topics.map(t => t.name));
  const gone: string[] = [];
  for (const topic of topics)
    if (!listedNow.has(topic) && (await presenceOnBrokers(cluster, topic)).every(seen => seen === 'absent'))
      gone.push(topic);
  return gone;
}

/**
 * Green must have every partition that blue has, by `onBlue` (partitions by topic): whoever added some on blue alone meant the
 * cluster in service. Asked before the fence is set, and of what was frozen, as they may have been added in between.
 */
export async function refuseAddedPartitions(
  onBlue: ReadonlyMap<string, number>,
  green: Cluster,
  topics: readonly string[],
): Promise<void> {
  const onGreen = await partitionCounts(green, topics);
  const added = topics.filter(topic => (onBlue.get(topic) ?? 0) > (onGreen.get(topic) ?? 0));
  if (added.length === 0) return;
  const [topic = ''] = added;
  const named = added.map(name => `${name} has ${onBlue.get(name)} on blue and ${onGreen.get(name) ?? 0} on green`);
  throw new Refused(
    'PartitionsAdded',
    `Partitions were added on blue after the flip: ${listed(named)}. Add them on green too, such as kafka-topics.sh --bootstrap-server ${green.bootstrap} --alter --topic ${topic} --partitions ${onBlue.get(topic)}; then resume, and those on blue are frozen and read like all others.`,
  );
}

export async function partitionCounts(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (topics.length === 0) return new Map();
  const found = await cluster.metadata(topics);
  return new Map(found.topics.map(t => [t.name, t.partitions.length]));
}
