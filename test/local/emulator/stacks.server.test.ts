/**
 * What provisioning and decommissioning rely on: a stack is made once, fails with its reason, and is deleted for good.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  DeleteStackCommand,
  GetTemplateCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import {
  type Cloud,
  createStack,
  describeStack,
  events,
  openCloud,
  parameters,
  REGION,
  settled,
  tell,
  uniqueName,
} from './cloud.ts';

const NETWORK = {
  Parameters: { Colour: { Type: 'String', Default: 'blue' }, Secret: { Type: 'String', Default: '-', NoEcho: true } },
  Resources: {
    Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.30.0.0/16' } },
    Disk: {
      Type: 'AWS::EC2::Volume',
      DependsOn: 'Network',
      Properties: { AvailabilityZone: `${REGION}a`, Size: 1, VolumeType: 'gp3', Encrypted: true },
    },
  },
  Outputs: { NetworkId: { Value: { Ref: 'Network' } } },
};
const FAILING = {
  Resources: {
    ...NETWORK.Resources,
    Interface: {
      Type: 'AWS::EC2::NetworkInterface',
      DependsOn: 'Disk',
      Properties: { SubnetId: 'subnet-00000000000000000' },
    },
  },
};
const WITH_ROLE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      },
    },
  },
};

describe('a stack', () => {
  let cloud: Cloud;

  before(async () => {
    cloud = await openCloud();
  });
  after(() => cloud.close());

  const remove = (stackId: string) => cloud.cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));

  it('is complete with its outputs, and every event of its creation carries the token of the request', async () => {
    const StackName = uniqueName('made');
    const stackId = await createStack(cloud, NETWORK, { StackName, ClientRequestToken: 'token-1' });
    const stack = await settled(cloud, stackId);
    assert.equal(stack.StackStatus, 'CREATE_COMPLETE');
    assert.match(stack.Outputs?.[0]?.OutputValue ?? '', /^vpc-/);
    for (const event of await events(cloud, stackId)) assert.equal(event.ClientRequestToken, 'token-1');
  });

  it('is made once when the same request comes twice with the same token', async () => {
    const request = { StackName: uniqueName('twice'), ClientRequestToken: 'token-1' };
    const stackId = await createStack(cloud, NETWORK, request);
    assert.equal(await createStack(cloud, NETWORK, request), stackId);
    await settled(cloud, stackId);
    assert.equal(await createStack(cloud, NETWORK, request), stackId);
  });

  it('keeps its name from a request with another token', async () => {
    const StackName = uniqueName('taken');
    await settled(cloud, await createStack(cloud, NETWORK, { StackName, ClientRequestToken: 'token-1' }));
    await assert.rejects(createStack(cloud, NETWORK, { StackName, ClientRequestToken: 'token-2' }), {
      name: 'AlreadyExistsException',
    });
  });

  it('rolls back when a resource fails, and the first failed event says which and why', async () => {
    const stackId = await createStack(cloud, FAILING, { StackName: uniqueName('failing') });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'ROLLBACK_COMPLETE');
    const first = (await events(cloud, stackId)).find(event => event.ResourceStatus?.endsWith('_FAILED'));
    assert.equal(first?.LogicalResourceId, 'Interface');
    assert.match(first?.ResourceStatusReason ?? '', /subnet-00000000000000000.*does not exist/);
  });

  it('keeps its name when it rolled back, until it is deleted', async () => {
    const StackName = uniqueName('kept');
    const failed = await createStack(cloud, FAILING, { StackName });
    await settled(cloud, failed);
    await assert.rejects(createStack(cloud, NETWORK, { StackName }), { name: 'AlreadyExistsException' });
    await remove(failed);
    await settled(cloud, failed);
    const again = await createStack(cloud, NETWORK, { StackName });
    assert.notEqual(again, failed);
    assert.equal((await settled(cloud, again)).StackStatus, 'CREATE_COMPLETE');
  });

  it('is not deleted while it is protected', async () => {
    const StackName = uniqueName('protected');
    const stackId = await createStack(cloud, NETWORK, { StackName, EnableTerminationProtection: true });
    await settled(cloud, stackId);
    await assert.rejects(remove(stackId), { name: 'ValidationError', message: /TerminationProtection is enabled/ });
    assert.equal((await describeStack(cloud, stackId)).StackStatus, 'CREATE_COMPLETE');
    await cloud.cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
    );
    await remove(stackId);
    assert.equal((await settled(cloud, stackId)).StackStatus, 'DELETE_COMPLETE');
  });

  it('is not made from parameters that its template does not have', async () => {
    const request = { StackName: uniqueName('unknown'), Parameters: parameters({ Colour: 'green', Color: 'green' }) };
    await assert.rejects(createStack(cloud, NETWORK, request), { name: 'ValidationError', message: /\[Color\]/ });
  });

  it('is not made with roles, nor from a template with macros, unless the request says so', async () => {
    const StackName = uniqueName('capable');
    const insufficient = { name: 'InsufficientCapabilitiesException' };
    await assert.rejects(createStack(cloud, WITH_ROLE, { StackName }), insufficient);
    const macro = { Transform: 'AWS::LanguageExtensions', ...WITH_ROLE };
    await assert.rejects(createStack(cloud, macro, { StackName, Capabilities: ['CAPABILITY_IAM'] }), insufficient);
    const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;
    const stackId = await createStack(cloud, macro, { StackName, Capabilities: [...Capabilities] });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'CREATE_COMPLETE');
  });

  it('gives back its template as it came and its parameters, secret ones as asterisks', async () => {
    const body = `${JSON.stringify(NETWORK, null, 2)}\n`;
    const values = { Colour: 'green', Secret: 'hunter2' };
    const StackName = uniqueName('read');
    const stackId = await createStack(cloud, body, { StackName, Parameters: parameters(values) });
    const stack = await settled(cloud, stackId);
    const request = new GetTemplateCommand({ StackName: stackId, TemplateStage: 'Original' });
    assert.equal((await cloud.cloudFormation.send(request)).TemplateBody, body);
    const read = Object.fromEntries((stack.Parameters ?? []).map(p => [p.ParameterKey, p.ParameterValue]));
    assert.deepEqual(read, { Colour: 'green', Secret: '****' });
  });

  it('is deleted for good: found by its id as deleted, by its name no more', async () => {
    const StackName = uniqueName('deleted');
    const stackId = await createStack(cloud, NETWORK, { StackName });
    await settled(cloud, stackId);
    await remove(stackId);
    assert.equal((await settled(cloud, stackId)).StackStatus, 'DELETE_COMPLETE');
    await assert.rejects(describeStack(cloud, StackName), { name: 'ValidationError', message: /does not exist/ });
  });

  it('whose resource cannot be deleted says which, keeps it, and is deleted by the next request', async () => {
    const StackName = uniqueName('stuck');
    const stackId = await createStack(cloud, NETWORK, { StackName });
    await settled(cloud, stackId);
    const fault = { op: 'delete', stackName: StackName, logicalId: 'Disk', message: 'The volume is in use.' };
    await tell(cloud, 'stack-faults', [fault]);
    await remove(stackId);
    const stuck = await settled(cloud, stackId);
    assert.equal(stuck.StackStatus, 'DELETE_FAILED');
    assert.match(stuck.StackStatusReason ?? '', /\[Disk\]/);
    const failed = (await events(cloud, stackId)).find(event => event.ResourceStatus === 'DELETE_FAILED');
    assert.equal(failed?.ResourceStatusReason, 'The volume is in use.');
    await remove(stackId);
    assert.equal((await settled(cloud, stackId)).StackStatus, 'DELETE_COMPLETE');
  });

  it('rolls back with the reason of a failure injected into its creation', async () => {
    const StackName = uniqueName('faulty');
    const message = 'We currently do not have sufficient capacity (InsufficientInstanceCapacity).';
    await tell(cloud, 'stack-faults', [{ op: 'create', stackName: StackName, logicalId: 'Disk', message }]);
    const stackId = await createStack(cloud, NETWORK, { StackName });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'ROLLBACK_COMPLETE');
    const failed = (await events(cloud, stackId)).find(event => event.ResourceStatus === 'CREATE_FAILED');
    assert.equal(failed?.ResourceStatusReason, message);
  });
});
