/** A cluster of the tests, told apart by the last part of its stack's name. */
import type { ClusterEndpoint } from '../../contract/deployment.ts';

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
