import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { clusterIdFor, planParameters } from '../../aws/parameters.ts';
import { createStack, type NewStack } from '../../aws/stack.ts';
import { deleteStack, waitForDeletion } from '../../aws/stack-deletion.ts';
import { describeStack } from '../../aws/stack-describe.ts';
import { declaredParameters, readTemplateOf, templateProblem } from '../../aws/template.ts';
import { startTestAws, type TestAws, uniqueWord } from './endpoint.ts';

let aws: TestAws;
before(async () => {
  aws = await startTestAws();
});
after(() => aws.stop());

async function createNetwork(): Promise<{ vpcId: string; subnetIds: string[] }> {
  const vpc = await aws.clients.ec2.send(new CreateVpcCommand({ CidrBlock: '10.68.0.0/16' }));
  const vpcId = vpc.Vpc?.VpcId ?? '';
  const subnetIds: string[] = [];
  for (const [i, zone] of ['a', 'b', 'c'].entries()) {
    const place = { CidrBlock: `10.68.${i + 1}.0/24`, AvailabilityZone: `${process.env['AWS_REGION']}${zone}` };
    const { Subnet } = await aws.clients.ec2.send(new CreateSubnetCommand({ VpcId: vpcId, ...place }));
    subnetIds.push(Subnet?.SubnetId ?? '');
  }
  return { vpcId, subnetIds };
}

async function gone({ name, deployment }: NewStack): Promise<void> {
  const own = { stack: name, owner: { kind: 'deployment', id: deployment }, role: null } as const;
  const started = await deleteStack(aws.clients.cloudFormation, own);
  assert.ok(started.kind === 'deleting');
  const result = await waitForDeletion(aws.clients.cloudFormation, started, { deadlineMs: 20_000 });
  assert.deepEqual(result, { kind: 'deleted' });
}

test("Blue's own template and parameters, moved from ZooKeeper to KRaft, are accepted as green's stack", async () => {
  const { cloudFormation } = aws.clients;
  const { vpcId, subnetIds } = await createNetwork();
  const service = uniqueWord();
  const template = await readFile(new URL('../../cloudformation/kafka-cluster.yaml', import.meta.url), 'utf8');
  const values = {
    ServiceName: service,
    Suffix: 'a',
    KafkaVersion: '3.9.2',
    MetadataMode: 'zookeeper',
    ZooKeeperConnect: `zk.example.com:2181/${service}-a`,
    AmiId: 'ami-00000000',
    VpcId: vpcId,
    SubnetIds: subnetIds.join(','),
    AvailabilityZones: ['a', 'b', 'c'].map(zone => `${process.env['AWS_REGION']}${zone}`).join(','),
  };
  const blue: NewStack = {
    name: `${service}-a`,
    cluster: 'orders',
    deployment: uniqueWord(),
    template: { kind: 'body', body: template },
    parameters: Object.entries(values).map(([name, text]) => ({ name, value: { kind: 'text', text } })),
    role: null,
  };
  await createStack(cloudFormation, blue);
  const found = await describeStack(cloudFormation, blue.name);
  assert.ok(found.kind === 'stack');

  const greenTemplate = await readTemplateOf(cloudFormation, blue.name);
  const deployment = uniqueWord();
  const plan = planParameters({
    greenStack: `${service}-b`,
    clusterId: clusterIdFor(deployment),
    declared: await declaredParameters(cloudFormation, greenTemplate),
    blue: found.stack.parameters,
    requested: { KafkaVersion: '4.3.1', MetadataMode: 'kraft' },
  });
  assert.deepEqual(plan.problems, []);
  assert.equal(templateProblem(greenTemplate), null);
  const green: NewStack = {
    name: `${service}-b`,
    cluster: 'orders',
    deployment,
    template: greenTemplate,
    parameters: plan.parameters,
    role: null,
  };
  await createStack(cloudFormation, green);
  const made = await describeStack(cloudFormation, green.name);
  assert.ok(made.kind === 'stack');
  assert.deepEqual(made.stack.parameters, {
    ...found.stack.parameters,
    Suffix: 'b',
    KafkaVersion: '4.3.1',
    MetadataMode: 'kraft',
    ClusterId: clusterIdFor(deployment),
    ZooKeeperConnect: '',
  });
  await gone(green);
  await gone(blue);
});
