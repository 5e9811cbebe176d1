import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackEvent } from '@aws-sdk/client-cloudformation';
import { firstFailure, latestStackEventId, unfinished } from '../../aws/stack-events.ts';

const StackId = 'arn:aws:cloudformation:eu-central-1:1:stack/kafka-orders-b/1';
let count = 0;

function event(LogicalResourceId: string, ResourceStatus: string, ResourceStatusReason?: string): StackEvent {
  const itself = LogicalResourceId === 'kafka-orders-b';
  count += 1;
  return {
    StackId,
    StackName: 'kafka-orders-b',
    EventId: `event-${count}`,
    LogicalResourceId,
    PhysicalResourceId: itself ? StackId : `physical-${LogicalResourceId}`,
    ResourceType: itself ? 'AWS::CloudFormation::Stack' : 'AWS::EC2::Instance',
    ResourceStatus: ResourceStatus as NonNullable<StackEvent['ResourceStatus']>,
    ...(ResourceStatusReason === undefined ? {} : { ResourceStatusReason }),
    Timestamp: new Date(0),
  };
}

/** Written as it happens; CloudFormation lists the newest first. */
function newestFirst(...happened: StackEvent[]): StackEvent[] {
  return happened.toReversed();
}

test('The first resource that failed is the cause, not those cancelled because of it', () => {
  const events = newestFirst(
    event('kafka-orders-b', 'CREATE_IN_PROGRESS'),
    event('Broker1', 'CREATE_IN_PROGRESS'),
    event('Broker3', 'CREATE_FAILED', 'Resource creation cancelled'),
    event('Broker2', 'CREATE_FAILED', 'We currently do not have sufficient capacity\nin eu-central-1a.'),
    event('Broker1', 'CREATE_FAILED', 'Resource creation cancelled'),
    event('kafka-orders-b', 'ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to create: [Broker2].'),
  );
  assert.equal(
    firstFailure(events, 'CREATE')?.sentence,
    'Stack kafka-orders-b: Broker2 (AWS::EC2::Instance) could not be created: ' +
      'We currently do not have sufficient capacity in eu-central-1a.',
  );
});

test('The reason of an earlier deletion is not the reason of this one', () => {
  const events = newestFirst(
    event('kafka-orders-b', 'DELETE_IN_PROGRESS'),
    event('Volume', 'DELETE_FAILED', 'volume in use'),
    event('kafka-orders-b', 'DELETE_FAILED'),
    event('kafka-orders-b', 'DELETE_IN_PROGRESS'),
    event('Net', 'DELETE_FAILED', 'has dependencies'),
    event('kafka-orders-b', 'DELETE_FAILED'),
  );
  assert.equal(firstFailure(events, 'DELETE')?.logicalId, 'Net');
  assert.equal(latestStackEventId(events, 'DELETE_FAILED'), events[0]?.EventId);
});

test('When everything was cancelled the first of them is named, and nothing failed is nothing', () => {
  const cancelled = newestFirst(
    event('kafka-orders-b', 'CREATE_IN_PROGRESS'),
    event('Broker1', 'CREATE_FAILED', 'Resource creation cancelled'),
  );
  assert.equal(firstFailure(cancelled, 'CREATE')?.logicalId, 'Broker1');
  assert.equal(firstFailure(newestFirst(event('Broker1', 'CREATE_COMPLETE')), 'CREATE'), null);
});

test('A failure without a reason says so', () => {
  const events = newestFirst(event('Broker1', 'CREATE_FAILED'));
  assert.match(firstFailure(events, 'CREATE')?.sentence ?? '', /no reason was given\.$/);
});

test('What a creation still waits for is what has begun and not ended', () => {
  const events = newestFirst(
    event('kafka-orders-b', 'CREATE_IN_PROGRESS'),
    event('Broker1', 'CREATE_IN_PROGRESS'),
    event('Broker2', 'CREATE_IN_PROGRESS'),
    event('Broker1', 'CREATE_COMPLETE'),
  );
  assert.deepEqual(unfinished(events), ['Broker2 (AWS::EC2::Instance)']);
});
