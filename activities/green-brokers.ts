/** Whether a cluster behind green's load balancer is a green of its own: other than blue, whole, and met at no address of blue's. Pure. */
import { normalName } from '../aws/record.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { BrokerFacts } from '../contract/inventory.ts';
import { Refused } from './step.ts';

/** A cluster as its own brokers tell it. */
export interface MetCluster {
  readonly clusterId: string;
  readonly brokers: readonly BrokerFacts[];
}

/** Why green cannot serve with these brokers; null where it can. */
export function refusalOfGreen(
  { stack, brokers: expected }: Pick<ClusterEndpoint, 'stack' | 'brokers'>,
  green: MetCluster,
  blue: MetCluster,
): Refused | null {
  if (green.clusterId === blue.clusterId)
    return new Refused(
      'SameCluster',
      `The load balancer of ${stack} leads to blue's own cluster ${blue.clusterId}. Give green its own metadata quorum or ZooKeeper chroot.`,
    );
  if (green.brokers.length !== expected)
    return new Refused(
      'BrokersMissing',
      `${stack} says ${expected} brokers, but its cluster knows ${green.brokers.length}. See the brokers' logs.`,
    );
  const ofBlue = new Set(blue.brokers.map(addressOf));
  const shared = green.brokers.find(broker => ofBlue.has(addressOf(broker)));
  if (shared === undefined) return null;
  return new Refused(
    'SharedAddress',
    `Broker ${shared.id} of ${stack} advertises ${shared.host}:${shared.port}, an address of blue. Clients would meet the wrong cluster.`,
  );
}

/** Names are compared as DNS compares them. */
function addressOf({ host, port }: BrokerFacts): string {
  return `${normalName(host)}:${port}`;
}
