/** Ordinary clients for tests on real brokers: kafkajs, quiet and patient. */
import { Kafka, logLevel, type Producer, type ProducerConfig } from 'kafkajs';
import type { Cluster } from '../../kafka/cluster.ts';
import { presenceOnBrokers } from '../../kafka/topic-presence.ts';

export function client(bootstrap: string, clientId = 'test-client'): Kafka {
  return new Kafka({
    clientId,
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100 },
  });
}

/**
 * Creates the topics and returns when each partition has its leader on every broker. Asked again while one is missing: on
 * ZooKeeper a topic of the same name may still be being deleted after no broker lists it.
 */
export async function createTopics(
  cluster: Cluster,
  topics: readonly {
    topic: string;
    partitions?: number;
    replicas?: readonly number[];
    config?: Record<string, string>;
  }[],
): Promise<void> {
  const admin = client(cluster.bootstrap).admin();
  await admin.connect();
  try {
    for (const { topic, partitions = 1, replicas, config = {} } of topics) {
      const wanted = {
        topic,
        ...(replicas === undefined
          ? { numPartitions: partitions, replicationFactor: -1 }
          : { replicaAssignment: [{ partition: 0, replicas: [...replicas] }] }),
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      };
      await eventually(`every broker knows the leaders of ${topic}`, async () => {
        const seen = await presenceOnBrokers(cluster, topic);
        if (seen.every(presence => presence === 'absent'))
          await admin.createTopics({ waitForLeaders: false, topics: [wanted] });
        return seen.every(presence => presence === 'led');
      });
    }
  } finally {
    await admin.disconnect();
  }
}

/** Runs `use` with a connected producer. */
export async function producing<T>(
  kafka: Kafka,
  options: Pick<ProducerConfig, 'transactionalId' | 'retry'>,
  use: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, ...options });
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

export function values(count: number, partition = 0): { partition: number; value: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    partition,
    value: `a record long enough not to fit below the fence ${i}`,
  }));
}

/** Waits until `look` is true, or fails with `what` after 30 s. */
export async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`Waited 30 s in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
