/** The two clusters of a run, one broker each so that the clients and not replication are what is measured, and their topics. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { type KafkaCluster, startKafkaCluster } from '../../local/cluster.ts';

/** Of a partition; the rest is deleted while the bench runs. */
const KEPT_BYTES = 32 * 1_048_576;
const SEGMENT_BYTES = 16 * 1_048_576;
const config = { 'log.retention.check.interval.ms': '1000', 'log.initial.task.delay.ms': '1000' };

export interface Clusters {
  readonly blue: KafkaCluster;
  readonly green: KafkaCluster;
  /** Goes with the clusters. */
  readonly directory: string;
  stop(): Promise<void>;
}

export async function startClusters(): Promise<Clusters> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-switching-'));
  const started = await Promise.allSettled([
    startKafkaCluster({
      version: '3.9.2',
      metadataMode: 'kraft',
      brokers: 1,
      config,
      directory: join(directory, 'blue'),
    }),
    startKafkaCluster({
      version: '4.3.1',
      metadataMode: 'kraft',
      brokers: 1,
      config,
      directory: join(directory, 'green'),
    }),
  ]);
  // Also where the process is ended; the brokers end with it.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  const stop = async () => {
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  const [blue, green] = started;
  if (blue.status === 'fulfilled' && green.status === 'fulfilled') {
    return { blue: blue.value, green: green.value, directory, stop };
  }
  await stop();
  throw blue.status === 'rejected' ? blue.reason : green.status === 'rejected' ? green.reason : null;
}

export interface TopicToCreate {
  readonly topic: string;
  readonly partitions: number;
}

/** One that keeps little of what is written to it. */
export async function createTopic({ bootstrap }: KafkaCluster, { topic, partitions }: TopicToCreate): Promise<void> {
  const admin = adminOf(bootstrap);
  try {
    const configs = [
      { name: 'retention.bytes', value: `${KEPT_BYTES}` },
      { name: 'segment.bytes', value: `${SEGMENT_BYTES}` },
      { name: 'file.delete.delay.ms', value: '0' },
    ];
    await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
    // Until every partition has a leader a client would be measured at waiting.
    await admin.metadata({ topics: [topic], forceUpdate: true });
  } finally {
    await admin.close();
  }
}

/** Runs with a topic of its own on each cluster. */
export async function withTopic<T>(
  clusters: readonly KafkaCluster[],
  created: TopicToCreate,
  act: () => Promise<T>,
): Promise<T> {
  await Promise.all(clusters.map(cluster => createTopic(cluster, created)));
  try {
    return await act();
  } finally {
    await Promise.allSettled(clusters.map(cluster => deleteTopic(cluster, created.topic)));
  }
}

async function deleteTopic({ bootstrap }: KafkaCluster, topic: string): Promise<void> {
  const admin = adminOf(bootstrap);
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.close();
  }
}

function adminOf(bootstrap: string): Admin {
  return new Admin({ clientId: 'bench-owner', bootstrapBrokers: bootstrap.split(','), retries: 20, retryDelay: 250 });
}
