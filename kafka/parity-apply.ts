/**
 * Makes green's topics what blue's are: creates what is missing, adds partitions, sets overrides; every effect is read back
 * from every broker. A replication factor that green's brokers cannot hold is refused, never lowered.
 */
import { createPartitionsV3, createTopicsV7 } from '@platformatic/kafka';
import type { Inventory } from '../contract/inventory.ts';
import { chunks } from './chunks.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { errorName, KafkaTrouble, troubleOfCode, wholeAnswer } from './errors.ts';
import { takeInventory } from './inventory.ts';
import { type Original, originalOf } from './originals.ts';
import { type DesiredTopic, desiredTopics } from './parity.ts';
import { readTopicConfigs } from './read-configs.ts';
import { patiently, until } from './retry.ts';
import { changeTopicConfigs, type LongCall, type TopicChange } from './topic-configs.ts';

const TOPICS_PER_REQUEST = 50;
const REQUEST_TIMEOUT_MS = 10_000;
const CREATED_WITHIN_MS = 120_000;
/** A name no one uses: it is only validated, never created. */
const NEVER_CREATED = '_bluegreen-keys';

/** Copies blue's topics to green, twice looked at: which defaults differ is seen only once the topics exist. Idempotent. */
export async function copyTopics(
  blue: Inventory,
  green: Cluster,
  waived: readonly string[] = [],
  o: LongCall = {},
): Promise<{ readonly created: number; readonly overridden: number }> {
  const keys = await readTopicKeys(green);
  const created = await createMissingTopics(green, desiredTopics(blue, null, keys, waived), o);
  const existing = await takeInventory(green, o.signal);
  const overridden = await applyOverrides(green, desiredTopics(blue, existing, keys, waived), o);
  return { created, overridden };
}

/** The topic config keys that this cluster's version knows: what it would give a topic of no overrides. */
export async function readTopicKeys(cluster: Cluster): Promise<ReadonlySet<string>> {
  return patiently('ask which topic configs the version has', async () => {
    const topic = { name: NEVER_CREATED, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const answer = await wholeAnswer(
      createTopicsV7.api.async(await controllerConnection(cluster), [topic], REQUEST_TIMEOUT_MS, true),
    );
    const [result] = answer.topics;
    if (result === undefined) throw new Error('The broker answered nothing.');
    if (result.errorCode !== 0) throw troubleOfCode('validate a topic', result.errorCode, result.errorMessage ?? null);
    return new Set((result.configs ?? []).map(c => c.name));
  });
}

/** Creates the topics that do not exist and adds partitions that are missing; how many topics it created. */
export async function createMissingTopics(
  green: Cluster,
  desired: readonly DesiredTopic[],
  o: LongCall = {},
): Promise<number> {
  if (desired.length === 0) return 0;
  await refuseTooFewBrokers(green, desired);
  const existing = await readExisting(green, desired, undefined);
  const missing = desired.filter(d => !existing.has(d.topic));
  for (const part of chunks(missing, TOPICS_PER_REQUEST)) {
    o.signal?.throwIfAborted();
    await create(green, part, o);
    o.progress?.({ creating: part[0]?.topic, topics: part.length });
  }
  const growing = desired.filter(d => (existing.get(d.topic)?.partitions.length ?? d.partitions) < d.partitions);
  for (const part of chunks(growing, TOPICS_PER_REQUEST)) await grow(green, part, o);
  await awaitTopics(green, desired, o);
  return missing.length;
}

/** Sets the overrides that are missing or differ on existing topics; how many it changed. What is not desired stays: parity tells. */
export async function applyOverrides(
  green: Cluster,
  desired: readonly DesiredTopic[],
  o: LongCall = {},
): Promise<number> {
  const keys = [...new Set(desired.flatMap(d => Object.keys(d.configs)))];
  if (keys.length === 0) return 0;
  const configs = await readTopicConfigs(
    green,
    desired.map(d => d.topic),
    keys,
    o,
  );
  const changes = desired.flatMap((d): TopicChange[] =>
    Object.entries(d.configs).map(([key, value]) => {
      const to: Original = { kind: 'value', value };
      return { topic: d.topic, key, to, from: [originalOf(configs.get(d.topic)?.[key])] };
    }),
  );
  const outcome = await changeTopicConfigs(green, changes, o);
  if (outcome.kind === 'done') return outcome.changed;
  const [held] = outcome.held;
  throw new KafkaTrouble(
    `Expected topic ${held?.topic} on green to stay as it is while its overrides are set, but ${held?.key} is ${held?.seen}. It is tried again; see who else changes green.`,
    { kind: 'other', retriable: true },
  );
}

async function refuseTooFewBrokers(green: Cluster, desired: readonly DesiredTopic[]): Promise<void> {
  const { length: brokers } = await green.brokers();
  const tooMany = desired.find(d => d.replicationFactor > brokers);
  if (tooMany !== undefined)
    throw new KafkaTrouble(
      `Expected at least ${tooMany.replicationFactor} brokers on green for the replicas of topic ${tooMany.topic}, but there are ${brokers}. Give green more brokers, or lower the topic's replication factor on blue.`,
      { kind: 'refused', retriable: false },
    );
}

async function create(green: Cluster, topics: readonly DesiredTopic[], o: LongCall): Promise<void> {
  const requests = topics.map(d => ({
    name: d.topic,
    numPartitions: d.partitions,
    replicationFactor: d.replicationFactor,
    assignments: [],
    configs: Object.entries(d.configs).map(([name, value]) => ({ name, value })),
  }));
  await patiently(
    `create ${topics.length} topics on green`,
    async () => {
      const connection = await controllerConnection(green);
      const answer = await wholeAnswer(createTopicsV7.api.async(connection, requests, REQUEST_TIMEOUT_MS, false));
      for (const result of answer.topics)
        if (result.errorCode !== 0 && errorName(result.errorCode) !== 'TOPIC_ALREADY_EXISTS')
          throw troubleOfCode(`create topic ${result.name} on green`, result.errorCode, result.errorMessage ?? null);
    },
    { ...o, withinMs: 60_000 },
  );
}

async function grow(green: Cluster, topics: readonly DesiredTopic[], o: LongCall): Promise<void> {
  const requests = topics.map(d => ({ name: d.topic, count: d.partitions, assignments: null }));
  await patiently(
    `add partitions to ${topics.length} topics of green`,
    async () => {
      const connection = await controllerConnection(green);
      const answer = await wholeAnswer(createPartitionsV3.api.async(connection, requests, REQUEST_TIMEOUT_MS, false));
      // A retry that meets its own success is told that the topic already has as many.
      for (const result of answer.results)
        if (result.errorCode !== 0 && errorName(result.errorCode) !== 'INVALID_PARTITIONS')
          throw troubleOfCode(`add partitions to topic ${result.name}`, result.errorCode, result.errorMessage ?? null);
    },
    { ...o, withinMs: 60_000 },
  );
}

/** Waits until every broker knows every topic with all its partitions, each with a leader. */
async function awaitTopics(green: Cluster, desired: readonly DesiredTopic[], o: LongCall): Promise<void> {
  const brokers = await green.brokers();
  await Promise.all(
    brokers.map(broker =>
      until(
        `broker ${broker.id} knows the ${desired.length} topics`,
        async () => {
          const known = await readExisting(green, desired, broker.id);
          const open = desired.filter(d => !isComplete(d, known.get(d.topic)));
          o.progress?.({ broker: broker.id, topicsUnknown: open.length });
          return open[0] === undefined
            ? { done: true }
            : { seen: `${open.length} incomplete, such as ${open[0].topic}` };
        },
        { ...o, withinMs: CREATED_WITHIN_MS },
      ),
    ),
  );
}

function isComplete(desired: DesiredTopic, known: TopicMetadata | undefined): boolean {
  return (
    known !== undefined &&
    known.partitions.length >= desired.partitions &&
    known.partitions.every(p => p.leader !== null)
  );
}

async function readExisting(
  green: Cluster,
  desired: readonly DesiredTopic[],
  brokerId: number | undefined,
): Promise<Map<string, TopicMetadata>> {
  const names = desired.map(d => d.topic);
  const metadata = brokerId === undefined ? await green.metadata(names) : await green.metadataOf(brokerId, names);
  return new Map(metadata.topics.filter(t => t.partitions.length > 0).map(t => [t.name, t]));
}

/** Creating is the controller's work; on ZooKeeper no other broker takes it. */
async function controllerConnection(cluster: Cluster) {
  const { controllerId } = await cluster.metadata([]);
  return controllerId === null ? cluster.anyConnection() : cluster.connectionTo(controllerId);
}
