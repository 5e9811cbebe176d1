import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ElasticLoadBalancingV2Client,
  LoadBalancerNotFoundException,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { readLoadBalancers } from '../../../local/launcher/cloud-view.ts';

const BALANCER = { LoadBalancerArn: 'arn:balancer', DNSName: 'Kafka-Orders-A.elb.example.net' };
const LISTENER = { Port: 9092, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'arn:group' }] };
const refused = { $metadata: {}, message: 'not found' };

/** Answers in place of the network, by the command's name. */
function answering(answers: Readonly<Record<string, object | Error>>): ElasticLoadBalancingV2Client {
  const elb = new ElasticLoadBalancingV2Client({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  elb.middlewareStack.add(
    (_, { commandName = '' }) =>
      async () => {
        const answer = answers[commandName];
        if (answer instanceof Error) throw answer;
        return { response: {}, output: { $metadata: {}, ...answer } };
      },
    { step: 'initialize', priority: 'high' },
  );
  return elb;
}

describe('a look at the load balancers', () => {
  const there = {
    DescribeLoadBalancersCommand: { LoadBalancers: [BALANCER] },
    DescribeListenersCommand: { Listeners: [LISTENER] },
    DescribeTargetHealthCommand: { TargetHealthDescriptions: [{ Target: { Id: 'i-1', Port: 9092 } }] },
  };
  const seen = (answers: Readonly<Record<string, object | Error>>) => readLoadBalancers(answering(answers));
  const balancer = { arn: 'arn:balancer', dnsName: 'kafka-orders-a.elb.example.net' };

  test('tells each with its listeners and their targets', async () => {
    assert.deepEqual(await seen(there), [
      { ...balancer, listeners: [{ port: 9092, targets: [{ instanceId: 'i-1', port: 9092 }] }] },
    ]);
  });

  test('goes on over what is deleted while it looks', async () => {
    assert.deepEqual(await seen({ ...there, DescribeTargetHealthCommand: new TargetGroupNotFoundException(refused) }), [
      { ...balancer, listeners: [{ port: 9092, targets: [] }] },
    ]);
    assert.deepEqual(await seen({ ...there, DescribeListenersCommand: new LoadBalancerNotFoundException(refused) }), [
      { ...balancer, listeners: [] },
    ]);
  });

  test('fails where it cannot look', async () => {
    await assert.rejects(seen({ ...there, DescribeTargetHealthCommand: new Error('timed out') }), /timed out/);
  });
});
