/** Which cluster answers at an address, asked through a connection of its own that is closed again. */
import { Kafka } from 'kafkajs';
import { type BlueGreenOptions, kafkaConfig } from './options.ts';

export interface IdentifiedCluster {
  readonly clusterId: string;
  /** `host:port` of every broker, as the cluster advertises them: unlike a service record they never lead to another cluster. */
  readonly brokers: readonly string[];
}

const RETRY = { retries: 1, initialRetryTime: 100 } as const;

/** Rejects with kafkajs's error when nobody answers. `address` is `host:port`. */
export async function identifyCluster(address: string, options: BlueGreenOptions): Promise<IdentifiedCluster> {
  const admin = new Kafka({ ...kafkaConfig(options, [address]), retry: RETRY }).admin();
  try {
    await admin.connect();
    const { clusterId, brokers } = await admin.describeCluster();
    return { clusterId, brokers: brokers.map(({ host, port }) => `${host}:${port}`) };
  } finally {
    await admin.disconnect();
  }
}
