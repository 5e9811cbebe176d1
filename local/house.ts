/**
 * The house that a person meets: blue in service under its name, some topics with records, and one service that has read
 * them all and is at rest; so that a deployment can be asked for at once.
 */
import { Resolver } from 'node:dns/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
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
  { topic: 'orders', numPartitions: 6 },
  { topic: 'payments', numPartitions: 3 },
  { topic: 'shipments', numPartitions: 3 },
] as const;
const RECORDS_PER_TOPIC = 300;

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
  const kafka = new Kafka({ clientId: 'house', brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  try {
    await admin.connect();
    await admin.createTopics({ topics: [...TOPICS], waitForLeaders: true });
    await producer.connect();
    await producer.sendBatch({
      topicMessages: TOPICS.map(({ topic }) => ({
        topic,
        messages: Array.from({ length: RECORDS_PER_TOPIC }, (_, at) => ({
          key: `order-${at % 50}`,
          value: JSON.stringify({ order: at % 50, step: Math.floor(at / 50) }),
        })),
      })),
    });
    for (const { topic } of TOPICS) {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.setOffsets({ groupId: GROUP, topic, partitions });
    }
  } finally {
    await producer.disconnect();
    await admin.disconnect();
  }
}
