import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { reasonOf } from '../../workflows/holding.ts';

test('A step that failed until its time was up is told by what it failed with, not by the clock', () => {
  const late = new TimeoutFailure('activity ScheduleToClose timeout', undefined, 'SCHEDULE_TO_CLOSE');
  assert.equal(reasonOf(late), 'activity ScheduleToClose timeout');
  const cause = ApplicationFailure.retryable('The load balancer of kafka-orders-b does not take clients.');
  assert.equal(reasonOf(Object.assign(late, { cause })), 'The load balancer of kafka-orders-b does not take clients.');
});
