/** Which cluster answers at an address, asked through a connection of its own that is closed again. */
import { hostAndPort } from './host-and-port.ts';
import { type BlueGreenOptions, brokerClientId } from './options.ts';
import { pauseMs, unlessAborted, waitMs } from './timing.ts';
import { WireBroker } from './wire.ts';

export interface IdentifiedCluster {
  readonly clusterId: string;
  /** `host:port` of every broker, as the cluster advertises them: unlike a service record they never lead to another cluster. */
  readonly brokers: readonly string[];
}

const ATTEMPTS = 2;

/** `address` is `host:port`. Rejects with kafkajs's error when nobody answers, with the signal's reason when it is aborted. */
export async function identifyCluster(
  address: string,
  options: BlueGreenOptions,
  signal: AbortSignal,
): Promise<IdentifiedCluster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await identifyOnce(address, options, signal);
    } catch (error) {
      if (attempt === ATTEMPTS || signal.aborted) throw error;
      await waitMs(pauseMs(attempt), signal);
    }
  }
}

async function identifyOnce(
  address: string,
  options: BlueGreenOptions,
  signal: AbortSignal,
): Promise<IdentifiedCluster> {
  const broker = await WireBroker.at(hostAndPort(address), {
    ...options.kafka,
    clientId: brokerClientId(options),
  });
  try {
    const { clusterId, brokers } = await unlessAborted(broker.metadata([]), signal);
    return { clusterId, brokers: brokers.map(({ host, port }) => `${host}:${port}`) };
  } finally {
    await broker.close();
  }
}
