import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClusterOutputs } from '../../aws/outputs.ts';

const outputs = {
  BootstrapServers: 'nlb-b.example.net:9092',
  BootstrapDnsName: 'nlb-b.example.net',
  BootstrapHostedZoneId: 'Z1',
  TargetGroupArn: 'arn:group',
  BrokerCount: '3',
};

test('The outputs of a cluster are read by name', () => {
  assert.deepEqual(readClusterOutputs('kafka-orders-b', { ...outputs, Other: 'x' }), {
    kind: 'outputs',
    outputs: {
      bootstrapServers: 'nlb-b.example.net:9092',
      bootstrapDnsName: 'nlb-b.example.net',
      bootstrapHostedZoneId: 'Z1',
      targetGroupArn: 'arn:group',
      brokerCount: 3,
    },
  });
});

test('Every output that is missing is named at once', () => {
  const read = readClusterOutputs('kafka-orders-a', { BootstrapServers: 'x:9092', BrokerCount: ' ' });
  assert.ok(read.kind === 'incomplete');
  assert.deepEqual(
    read.problems.map(p => p.problem),
    ['BootstrapDnsName', 'BootstrapHostedZoneId', 'TargetGroupArn', 'BrokerCount'].map(n => `has no output ${n}.`),
  );
});

test('A broker count that is no number of brokers is refused', () => {
  for (const count of ['0', 'three', '-1', '3.5'])
    assert.equal(readClusterOutputs('kafka-orders-b', { ...outputs, BrokerCount: count }).kind, 'incomplete');
});
