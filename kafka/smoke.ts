/**
 * Whether a cluster serves clients, tried as a client: through its front door only, on a topic of its own with a partition led by
 * each broker. Records come back once and in order, a transaction appears as a whole and an aborted one not at all, and a group
 * shares its partitions out again when a member joins. Topic and groups are deleted afterwards, whatever happened.
 */
import { type Admin, type Consumer, Kafka, type KafkaConfig, type KafkaJSError, logLevel } from 'kafkajs';
import { type Cluster, connectCluster, type KafkaSecurity } from './cluster.ts';
import { KafkaTrouble } from './errors.ts';
import { until } from './retry.ts';
import type { LongCall } from './topic-configs.ts';
import { presenceOnBrokers } from './topic-presence.ts';

export interface SmokeOptions extends LongCall {
  /** The load balancer's `host:port`. */
  readonly bootstrap: string;
  readonly deployment: string;
  readonly security?: KafkaSecurity;
  /** How long each step may take; 60 s by default. */
  readonly withinMs?: number;
}

/** Plain JSON, kept as evidence. */
export interface SmokeResult {
  readonly topic: string;
  /** The broker that led each partition. */
  readonly leaders: readonly number[];
  readonly produced: number;
  readonly consumedInOrder: number;
  readonly transaction: { readonly committed: number; readonly abortedSeen: 0 };
  /** Partitions of each of the two members after the second joined. */
  readonly rebalanced: readonly [number, number];
  readonly tookMs: number;
}

const RECORDS_PER_PARTITION = 20;
const TRANSACTIONAL_RECORDS = 3;

/** Tries everything once, or a KafkaTrouble that says which step failed. A run that was interrupted is cleared away first. */
export async function smokeTest(o: SmokeOptions): Promise<SmokeResult> {
  try {
    return await tryEverything(o);
  } catch (error) {
    throw smokeTrouble(error, o.bootstrap);
  }
}

/** By name: what the client's package exports at run time are functions only. */
function isClientError(error: unknown): error is KafkaJSError {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}

/** The client throws this as a plain Error when a broker did not answer its greeting: it goes on to ask without a connection. */
function isUnconnected(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Broker not connected';
}

/**
 * What the client gave up on. It tries most calls again by itself but not all: an EndTxn whose answer was lost ends its
 * transaction with an error, and the next smoke test begins anew.
 */
export function smokeTrouble(error: unknown, bootstrap: string): unknown {
  if (!isClientError(error) && !isUnconnected(error)) return error;
  const cause = isClientError(error) && isClientError(error.cause) ? error.cause : error;
  const passes = !isClientError(cause) || cause.retriable || /^KafkaJS(Lock)?Timeout$/.test(cause.name);
  const advice = passes ? 'It is tried again.' : 'Look at the cluster before any traffic goes there.';
  return new KafkaTrouble(
    `The smoke test could not go on through ${bootstrap}: ${cause.message.replace(/\.$/, '')} (${cause.name}). ${advice}`,
    { kind: 'other', retriable: passes, cause: error },
  );
}

async function tryEverything(o: SmokeOptions): Promise<SmokeResult> {
  const startedAt = Date.now();
  const cluster = await connectCluster({
    bootstrap: o.bootstrap,
    clientId: `bluegreen-smoke-${o.deployment}`,
    ...(o.security === undefined ? {} : { security: o.security }),
  });
  const names = namesFor(o.deployment);
  const kafka = new Kafka(clientConfig(o));
  const admin = kafka.admin();
  try {
    await admin.connect();
    await clearAway(admin, cluster, names, o);
    const leaders = await createSmokeTopic(admin, cluster, names.topic, o);
    o.progress?.({ smoke: 'topic', leaders });
    const produced = await produceEverywhere(kafka, names.topic, leaders.length);
    o.progress?.({ smoke: 'produced', produced });
    const seen = await consumeAndRebalance(kafka, names, leaders.length, produced, o);
    const transaction = await tryTransactions(kafka, names, o);
    return {
      topic: names.topic,
      leaders,
      produced,
      consumedInOrder: seen.consumed,
      transaction,
      rebalanced: seen.shares,
      tookMs: Date.now() - startedAt,
    };
  } finally {
    try {
      await clearAway(admin, cluster, names, {});
    } finally {
      await Promise.all([admin.disconnect(), cluster.close()]);
    }
  }
}

interface Names {
  readonly topic: string;
  readonly groups: readonly [ordered: string, transactional: string];
  readonly transactionalId: string;
}

function namesFor(deployment: string): Names {
  const topic = `_bluegreen-smoke-${deployment}`;
  return { topic, groups: [`${topic}-ordered`, `${topic}-transactional`], transactionalId: topic };
}

function clientConfig(o: SmokeOptions): KafkaConfig {
  const { tls, sasl } = o.security ?? {};
  return {
    clientId: `bluegreen-smoke-${o.deployment}`,
    brokers: o.bootstrap.split(',').map(address => address.trim()),
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 200 },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  };
}

function saslOf({
  mechanism,
  username,
  password,
}: NonNullable<KafkaSecurity['sasl']>): NonNullable<KafkaConfig['sasl']> {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

/** One partition per broker, the broker its preferred leader; followers on the next ones. */
async function createSmokeTopic(admin: Admin, cluster: Cluster, topic: string, o: SmokeOptions): Promise<number[]> {
  const brokers = (await cluster.brokers()).map(b => b.id);
  const copies = Math.min(3, brokers.length);
  const replicaAssignment = brokers.map((_, partition) => ({
    partition,
    replicas: Array.from({ length: copies }, (__, i) => brokers[(partition + i) % brokers.length] ?? partition),
  }));
  return watch(
    `topic ${topic} has a partition led by each broker`,
    async () => {
      // Again and again: on ZooKeeper a topic of an interrupted run is still being deleted after no broker lists it.
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, replicaAssignment, configEntries: [] }] });
      const [found] = (await cluster.metadata([topic])).topics;
      const leaders = (found?.partitions ?? []).flatMap(p => (p.leader === null ? [] : [p.leader]));
      return leaders.length === brokers.length && new Set(leaders).size === brokers.length
        ? { done: leaders }
        : { seen: `leaders ${leaders.join(', ')}` };
    },
    o,
  );
}

async function produceEverywhere(kafka: Kafka, topic: string, partitions: number): Promise<number> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    // A partition at a time: where one broker refuses a `send` to several, kafkajs sends again what the others have not answered yet.
    for (let partition = 0; partition < partitions; partition += 1) {
      const messages = Array.from({ length: RECORDS_PER_PARTITION }, (_, i) => ({
        partition,
        key: String(partition),
        value: String(i),
      }));
      await producer.send({ topic, acks: -1, messages });
    }
    return partitions * RECORDS_PER_PARTITION;
  } finally {
    await producer.disconnect();
  }
}

/** Two members one after the other: the first reads everything, then the second takes its share of the partitions. */
async function consumeAndRebalance(
  kafka: Kafka,
  { topic, groups: [groupId] }: Names,
  partitions: number,
  produced: number,
  o: SmokeOptions,
): Promise<{ consumed: number; shares: [number, number] }> {
  const shares: [number, number] = [0, 0];
  const read = new Map<number, Map<string, string>>();
  const members: Consumer[] = [];
  const join = async (index: 0 | 1) => {
    const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
    members.push(consumer);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      shares[index] = payload.memberAssignment[topic]?.length ?? 0;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        // By offset: a member that has to join again reads again what it had not committed, and the log holds it once all the same.
        const records = read.get(partition) ?? new Map<string, string>();
        if (!records.has(message.offset)) records.set(message.offset, message.value?.toString() ?? '');
        read.set(partition, records);
      },
    });
  };
  const consumed = () => [...read.values()].reduce((sum, records) => sum + records.size, 0);
  try {
    await join(0);
    await watch(
      `the smoke test's records come back through ${o.bootstrap}`,
      async () => (consumed() >= produced ? { done: true } : { seen: `${consumed()} of ${produced} records` }),
      o,
    );
    await join(1);
    await watch(
      "the smoke test's group shares its partitions with a second member",
      async () =>
        shares[0] + shares[1] === partitions && (partitions === 1 || (shares[0] > 0 && shares[1] > 0))
          ? { done: true }
          : { seen: `${shares.join(' and ')} of ${partitions} partitions` },
      o,
    );
  } finally {
    await Promise.all(members.map(member => member.disconnect()));
  }
  const expected = Array.from({ length: RECORDS_PER_PARTITION }, (_, i) => String(i)).join();
  for (const [partition, records] of read) {
    const values = [...records.values()];
    if (values.join() !== expected)
      throw smokeFailed(
        `partition ${partition}'s records 0 to ${RECORDS_PER_PARTITION - 1} once and in order`,
        values.join(' '),
      );
  }
  return { consumed: consumed(), shares };
}

/** An aborted transaction, then a committed one: a reader gets the second alone. */
async function tryTransactions(kafka: Kafka, { topic, groups: [, groupId], transactionalId }: Names, o: SmokeOptions) {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    for (const [value, end] of [
      ['aborted', 'abort'],
      ['committed', 'commit'],
    ] as const) {
      const transaction = await producer.transaction();
      const messages = Array.from({ length: TRANSACTIONAL_RECORDS }, () => ({ partition: 0, value }));
      await transaction.send({ topic, messages });
      await transaction[end]();
    }
  } finally {
    await producer.disconnect();
  }
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    maxWaitTimeInMs: 200,
  });
  const seen: string[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.value?.toString() ?? '');
      },
    });
    await watch(
      "the smoke test's transaction is read",
      async () => {
        const committed = seen.filter(value => value === 'committed').length;
        return committed >= TRANSACTIONAL_RECORDS
          ? { done: true }
          : { seen: `${committed} of ${TRANSACTIONAL_RECORDS} records` };
      },
      o,
    );
  } finally {
    await consumer.disconnect();
  }
  const aborted = seen.filter(value => value === 'aborted').length;
  if (aborted > 0) throw smokeFailed('no record of an aborted transaction', `${aborted}`);
  return { committed: TRANSACTIONAL_RECORDS, abortedSeen: 0 } as const;
}

function smokeFailed(expected: string, seen: string): KafkaTrouble {
  return new KafkaTrouble(
    `The smoke test expected ${expected}, but read ${seen}. Look at the cluster before any traffic goes there.`,
    { kind: 'other', retriable: false },
  );
}

/** What exists of a run is deleted; what does not exist is no error. */
async function clearAway(admin: Admin, cluster: Cluster, { topic, groups }: Names, o: LongCall): Promise<void> {
  const { groups: existing } = await admin.listGroups();
  const ours = groups.filter(group => existing.some(g => g.groupId === group));
  if (ours.length > 0)
    await watch(
      "the smoke test's groups are deleted",
      async () => {
        try {
          await admin.deleteGroups([...ours]);
          return { done: true };
        } catch (error) {
          const left = await admin.listGroups();
          const remaining = ours.filter(group => left.groups.some(g => g.groupId === group));
          return remaining.length === 0 ? { done: true } : { seen: `${remaining.join(', ')} (${String(error)})` };
        }
      },
      o,
    );
  await watch(
    `topic ${topic} is deleted`,
    async () => {
      const presence = await presenceOnBrokers(cluster, topic);
      if (presence.every(on => on === 'absent')) return { done: true };
      // Also when some brokers only have not heard of the deletion yet: then the controller knows no such topic.
      const refused = await admin.deleteTopics({ topics: [topic] }).catch(String);
      return { seen: `${presence.join(', ')} (${refused ?? 'deleting'})` };
    },
    o,
  );
}

/** Looks every 0.3 s, with a sign of life each time. */
function watch<T>(
  what: string,
  look: () => Promise<{ readonly done: T } | { readonly seen: string }>,
  o: Pick<SmokeOptions, 'withinMs' | 'signal' | 'progress'>,
): Promise<T> {
  const lively = () => {
    o.progress?.({ smoke: what });
    return look();
  };
  return until(what, lively, { withinMs: o.withinMs ?? 60_000, signal: o.signal, everyMs: 300 });
}
