import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Instance, instancesOfStack, stopInstances } from '../../aws/instances.ts';
import { createStack, waitForStack } from '../../aws/stack.ts';
import { allHealthy, targetHealth } from '../../aws/targets.ts';
import { startTestAws, type TestAws, uniqueWord } from './endpoint.ts';

const broker = (n: number) => `  Broker${n}:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-00000000, InstanceType: t3.micro, SubnetId: !Ref Subnet}
`;
const template = `Resources:
  Net: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.67.0.0/16}}
  Subnet: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Net, CidrBlock: 10.67.1.0/24}}
${[1, 2, 3].map(broker).join('')}  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      {Port: 9092, Protocol: TCP, VpcId: !Ref Net, Targets: [{Id: !Ref Broker1}, {Id: !Ref Broker2}, {Id: !Ref Broker3}]}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Type: network, Scheme: internal, Subnets: [!Ref Subnet]}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      {LoadBalancerArn: !Ref Balancer, Port: 9092, Protocol: TCP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
Outputs:
  TargetGroupArn: {Value: !Ref Group}
`;

let aws: TestAws;
let stackId: string;
let targetGroupArn: string;
let ids: string[];

before(async () => {
  aws = await startTestAws();
  ({ stackId } = await createStack(aws.clients.cloudFormation, {
    name: `kafka-${uniqueWord()}-b`,
    cluster: 'orders',
    deployment: uniqueWord(),
    template: { kind: 'body', body: template },
    parameters: [],
    role: null,
  }));
  const result = await waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs: 20_000 });
  assert.ok(result.kind === 'complete', JSON.stringify(result));
  targetGroupArn = result.stack.outputs['TargetGroupArn'] ?? '';
  ids = (await instancesOfStack(aws.clients, stackId)).map(({ id }) => id);
});
after(() => aws.stop());

/** The emulator opens no connections: whoever runs the brokers reports their health. */
async function report(health: Record<string, { State: string; Description?: string }>): Promise<void> {
  const answer = await fetch(`${process.env['AWS_ENDPOINT_URL']}/_emulator/target-health`, {
    method: 'POST',
    body: JSON.stringify(health),
  });
  assert.equal(answer.status, 200);
}

function states(instances: readonly Instance[]): string[] {
  return instances.map(({ state }) => state);
}

test("The stack's instances are found with their addresses", async () => {
  const instances = await instancesOfStack(aws.clients, stackId);
  assert.equal(instances.length, 3);
  assert.ok(instances.every(({ privateIp }) => privateIp?.startsWith('10.67.1.')));
});

test('Targets are healthy when every one is, and the first that is not is named', async () => {
  const unknown = targetGroupArn.replace(/.$/, last => (last === '0' ? '1' : '0'));
  assert.deepEqual(await targetHealth(aws.clients.elb, unknown), [], 'a group that is not known yet has no targets');
  const initial = allHealthy(await targetHealth(aws.clients.elb, targetGroupArn));
  assert.ok(initial.kind === 'not-healthy');
  assert.match(initial.reason, /is initial/);

  await report(Object.fromEntries(ids.map(id => [id, { State: 'healthy' }])));
  assert.deepEqual(allHealthy(await targetHealth(aws.clients.elb, targetGroupArn)), { kind: 'healthy', count: 3 });

  await report({ [ids[1] ?? '']: { State: 'unhealthy', Description: 'Health checks failed.' } });
  const one = allHealthy(await targetHealth(aws.clients.elb, targetGroupArn));
  assert.deepEqual(one, { kind: 'not-healthy', reason: `${ids[1]} is unhealthy (Health checks failed).` });
});

test('Instances are stopped and seen stopped, also when the answer is lost and when asked twice', async () => {
  aws.inject([{ action: 'StopInstances', kind: { kind: 'drop-after-effect' } }]);
  const first = await stopInstances(aws.clients.ec2, ids, { deadlineMs: 20_000 });
  assert.deepEqual(states(first), ['stopped', 'stopped', 'stopped']);
  aws.inject([]);
  const again = await stopInstances(aws.clients.ec2, ids, { deadlineMs: 20_000 });
  assert.deepEqual(states(again), ['stopped', 'stopped', 'stopped']);
  assert.equal(aws.calls.get('StopInstances'), undefined, 'what is stopped is not stopped again');
  assert.deepEqual(states(await instancesOfStack(aws.clients, stackId)), ['stopped', 'stopped', 'stopped']);
});

test('Instances that EC2 has forgotten count as terminated, and the others are still seen', async () => {
  const forgotten = 'i-0123456789abcdef0';
  const seen = await stopInstances(aws.clients.ec2, [ids[0] ?? '', forgotten, ids[1] ?? ''], {
    deadlineMs: 20_000,
    lagMs: 500,
  });
  assert.deepEqual(
    seen.find(({ id }) => id === forgotten),
    { id: forgotten, state: 'terminated', privateIp: null },
  );
  assert.equal(seen.filter(({ state }) => state === 'stopped').length, 2);
});

test('No instances to stop is done at once and asks nobody', async () => {
  aws.inject([]);
  assert.deepEqual(await stopInstances(aws.clients.ec2, []), []);
  assert.equal(aws.calls.size, 0);
});
