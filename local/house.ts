/**
 * The house that a person meets: blue in service under its name, some topics with records, and one service that has read
 * them all and is at rest; so that a deployment can be asked for at once.
 */
import { Resolver } from 'node:dns/promises';
import { Admin, ListOffsetTimestamps, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import type { LocalStack } from './stack.ts';

export const HOUSE = {
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  blue: { stack: 'kafka-orders-a', kafkaVersion: '3.9.2', metadataMode: 'zookeeper' },
  green: { stack: 'kafka-orders-b', kafkaVersion: '4.3.1', metadataMode: 'kraft' },
} as const;

const RECORD_TTL_SECONDS = 10;
const GROUP = 'shipping-service';
const TOPICS = [
  { topic: 'orders', partitions: 6 },
  { topic: 'payments', partitions: 3 },
  { topic: 'shipments', partitions: 3 },
] as const;
const REPLICAS = 3;
const RECORDS_PER_TOPIC = 300;
const ORDERS = 50;

/** A deployment with waits of seconds, so that it ends while somebody watches. */
export function houseRequest(): object {
  const { cluster, record, blue, green } = HOUSE;
  return {
    cluster,
    record,
    requestedBy: 'ada',
    blue: { stack: blue.stack },
    green: {
      stack: green.stack,
      parameters: { KafkaVersion: green.kafkaVersion, MetadataMode: green.metadataMode },
    },
    ttl: '5s',
    settle: { clientCache: '5s', quiet: '5s' },
    drain: { sweeps: 3, every: '2s' },
    bake: '30s',
    keepStopped: '10s',
  };
}

/** Builds blue, points the record at it and fills it. */
export async function buildHouse(local: LocalStack): Promise<void> {
  const { outputs } = await local.createCluster(HOUSE.blue);
  const { BootstrapDnsName: dnsName, BootstrapServers: bootstrap } = outputs;
  if (dnsName === undefined || bootstrap === undefined) {
    throw new Error(`Stack ${HOUSE.blue.stack} lacks the outputs BootstrapDnsName and BootstrapServers.`);
  }
  await local.pointRecord(HOUSE.record, dnsName, RECORD_TTL_SECONDS);
  const resolver = new Resolver();
  resolver.setServers([local.dns.resolver]);
  const [address] = await resolver.resolve4(HOUSE.record);
  await fill(`${address}:${bootstrap.split(':').at(-1)}`);
}

async function fill(broker: string): Promise<void> {
  const options = { clientId: 'house', bootstrapBrokers: [broker], retries: 20, retryDelay: 250 };
  const admin = new Admin(options);
  const producer = new Producer({ ...options, serializers: stringSerializers });
  try {
    for (const { topic, partitions } of TOPICS) {
      await admin.createTopics({ topics: [topic], partitions, replicas: REPLICAS });
    }
    await producer.send({ messages: TOPICS.flatMap(({ topic }) => recordsOf(topic)), acks: ProduceAcks.ALL });
    const ends = await admin.listOffsets({
      topics: TOPICS.map(({ topic, partitions }) => ({
        name: topic,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        })),
      })),
    });
    await admin.alterConsumerGroupOffsets({
      groupId: GROUP,
      topics: ends.map(({ name, partitions }) => ({
        name,
        partitionOffsets: partitions.map(({ partitionIndex, offset }) => ({ partition: partitionIndex, offset })),
      })),
    });
  } finally {
    await producer.close();
    await admin.close();
  }
}

function recordsOf(topic: string) {
  return Array.from({ length: RECORDS_PER_TOPIC }, (_, at) => {
    const order = at % ORDERS;
    return { topic, key: `order-${order}`, value: JSON.stringify({ order, step: Math.floor(at / ORDERS) }) };
  });
}
