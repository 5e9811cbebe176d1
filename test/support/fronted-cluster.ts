/** Real brokers whose clients come through a fault proxy. Whoever uses `brokers.bootstrap` goes past it, undisturbed. */
import { after } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { FRONTED_PORT } from '../../local/broker-properties.ts';
import type { KafkaCluster, KafkaClusterOptions } from '../../local/cluster.ts';
import { startTestCluster } from './cluster.ts';
import { type KafkaFaultProxy, startKafkaFaultProxy } from './kafka-fault-proxy.ts';

/** What is chosen of a cluster; where it listens, and under which name, is settled here. */
export type FrontedVersion = Omit<KafkaClusterOptions, 'directory' | 'advertised'>;

export interface FrontedCluster {
  readonly brokers: KafkaCluster;
  readonly proxy: KafkaFaultProxy;
}

const PROXY_PORT = 9092;

/** At a file's top level or inside a test, as `startTestCluster`. */
export async function startFrontedCluster(options: FrontedVersion): Promise<FrontedCluster> {
  const listenFor = ({ host }: { readonly host: string }) => ({ host: proxyHost(host), port: PROXY_PORT });
  const brokers = await startTestCluster({ ...options, advertised: listenFor });
  const proxy = await startKafkaFaultProxy(
    brokers.brokers.map(broker => ({
      listen: listenFor(broker),
      upstream: { host: broker.host, port: FRONTED_PORT },
    })),
  );
  after(() => proxy.stop());
  return { brokers, proxy };
}

/** Blue and green, each fronted, and an undisturbed connection to each. */
export async function startFrontedPair(blueOptions: FrontedVersion, greenOptions: FrontedVersion) {
  const [blue, green] = await Promise.all([startFrontedCluster(blueOptions), startFrontedCluster(greenOptions)]);
  const clusters = {
    blue: await connectCluster({ bootstrap: blue.brokers.bootstrap }),
    green: await connectCluster({ bootstrap: green.brokers.bootstrap }),
  };
  return { fronted: { blue, green }, clusters };
}

/** 127.a.b.c is fronted by 127.a.b+1.c. */
function proxyHost(host: string): string {
  const [first, second, third, fourth] = host.split('.');
  return `${first}.${second}.${Number(third) + 1}.${fourth}`;
}
