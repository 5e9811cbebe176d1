/**
 * What readiness relies on: a stack is complete when as many signals came as it waits for, and fails with their reason.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DeleteStackCommand, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  type Cloud,
  createStack,
  describeStack,
  events,
  openCloud,
  REGION,
  settled,
  signal,
  uniqueName,
  until,
} from './cloud.ts';

const waiting = (timeoutSeconds: number) => ({
  Resources: {
    Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
    Brokers: {
      Type: 'AWS::CloudFormation::WaitCondition',
      Properties: { Handle: { Ref: 'Handle' }, Count: 2, Timeout: timeoutSeconds },
    },
    Volume: {
      Type: 'AWS::EC2::Volume',
      Properties: { AvailabilityZone: `${REGION}a`, Size: 1, VolumeType: 'gp3', Encrypted: true },
    },
  },
});

describe('a stack that waits for signals', () => {
  let cloud: Cloud;

  before(async () => {
    cloud = await openCloud();
  });
  after(() => cloud.close());

  async function startWaiting(timeoutSeconds: number): Promise<{ stackId: string; url: string }> {
    const stackId = await createStack(cloud, waiting(timeoutSeconds), { StackName: uniqueName('waiting') });
    await until('the wait condition', async () => {
      const made = await events(cloud, stackId);
      return made.some(event => event.LogicalResourceId === 'Brokers') || undefined;
    });
    const request = new DescribeStackResourcesCommand({ StackName: stackId, LogicalResourceId: 'Handle' });
    const url = (await cloud.cloudFormation.send(request)).StackResources?.[0]?.PhysicalResourceId ?? '';
    return { stackId, url };
  }

  async function failure(stackId: string): Promise<string> {
    const failed = (await events(cloud, stackId)).find(event => event.ResourceStatus === 'CREATE_FAILED');
    assert.equal(failed?.LogicalResourceId, 'Brokers');
    return failed?.ResourceStatusReason ?? '';
  }

  it('is in progress until the last one came, and complete then', async () => {
    const { stackId, url } = await startWaiting(60);
    assert.equal((await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-1', Reason: 'serves' })).status, 200);
    assert.equal((await describeStack(cloud, stackId)).StackStatus, 'CREATE_IN_PROGRESS');
    assert.equal((await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-2', Reason: 'serves' })).status, 200);
    assert.equal((await settled(cloud, stackId)).StackStatus, 'CREATE_COMPLETE');
  });

  it('counts a signal that is sent twice once', async () => {
    const { stackId, url } = await startWaiting(60);
    await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-1', Reason: 'serves' });
    await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-1', Reason: 'serves' });
    assert.equal((await describeStack(cloud, stackId)).StackStatus, 'CREATE_IN_PROGRESS');
    await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-2', Reason: 'serves' });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'CREATE_COMPLETE');
  });

  it('takes no signal that names a content type', async () => {
    const { url } = await startWaiting(1);
    const body = JSON.stringify({ Status: 'SUCCESS', UniqueId: 'broker-1', Reason: 'serves', Data: '-' });
    const response = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
    assert.equal(response.status, 403);
  });

  it('creates what does not depend on the signals without waiting for them', async () => {
    const { stackId } = await startWaiting(1);
    const made = (await events(cloud, stackId)).find(
      event => event.LogicalResourceId === 'Volume' && event.ResourceStatus === 'CREATE_COMPLETE',
    );
    assert.ok(made, 'the volume is there while the stack waits');
  });

  it('rolls back at the first signal of failure, with its reason', async () => {
    const { stackId, url } = await startWaiting(60);
    await signal(url, { Status: 'FAILURE', UniqueId: 'broker-2', Reason: 'Kafka ended with code 1' });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'ROLLBACK_COMPLETE');
    assert.match(await failure(stackId), /Kafka ended with code 1/);
  });

  it('rolls back when its time is over, and says how many came', async () => {
    const { stackId, url } = await startWaiting(1);
    await signal(url, { Status: 'SUCCESS', UniqueId: 'broker-1', Reason: 'serves' });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'ROLLBACK_COMPLETE');
    assert.match(await failure(stackId), /Received 1 conditions when expecting 2/);
  });

  it('can be deleted meanwhile, once whatever the number of requests, and stays deleted', async () => {
    const { stackId } = await startWaiting(60);
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
    assert.equal((await settled(cloud, stackId)).StackStatus, 'DELETE_COMPLETE');
    const own = (await events(cloud, stackId)).filter(event => event.PhysicalResourceId === stackId);
    const deletion = own.slice(own.findIndex(event => event.ResourceStatus === 'DELETE_IN_PROGRESS'));
    assert.deepEqual(
      deletion.map(event => event.ResourceStatus),
      ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE'],
    );
  });
});
