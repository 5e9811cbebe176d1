/** Clusters and a deployment of the tests; a cluster is told apart by the last part of its stack's name. */
import type { ClusterEndpoint, Deployment } from '../../contract/deployment.ts';

export const endpoint = (name: string): ClusterEndpoint => ({
  stack: `kafka-orders-${name}`,
  stackId: `arn:${name}`,
  clusterId: `id-of-${name}`,
  version: '4.3.1',
  mode: 'kraft',
  bootstrap: `${name}.elb.example.net:9092`,
  dnsName: `${name}.elb.example.net`,
  hostedZoneId: 'Z3F0SRJ5LGBH90',
  targetGroupArn: 'arn',
  brokers: 3,
});

const ref = { ref: 'sha256:ab', sha256: 'ab', bytes: 1 };

/** From cluster a to cluster b; nothing was announced. */
export const unannounced: Deployment = {
  id: 'abcdef012345',
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  readRecord: null,
  zoneId: 'Z',
  recordIsAlias: false,
  blue: endpoint('a'),
  green: endpoint('b'),
  epoch: null,
  writersHold: false,
  evidence: { request: ref, inventory: ref, dispositions: ref, records: ref },
};
