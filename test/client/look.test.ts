import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { CommandError } from '../../client/command-error.ts';
import { look } from '../../client/look.ts';
import { ExitCode } from '../../contract/exit-codes.ts';

const session = { explained: <T>(_cluster: string, work: () => Promise<T>) => work() };
const plan = (work: () => Promise<number>) => look(session, 'orders', 'The plan of orders', work);
const failing = (error: Error) =>
  plan(async () => {
    throw error;
  });
const ends = (exitCode: ExitCode, message: RegExp) => (error: unknown) =>
  error instanceof CommandError && error.exitCode === exitCode && message.test(error.message);

describe('look()', () => {
  test('answers with what the workflow found', async () => {
    assert.equal(await plan(async () => 7), 7);
  });

  test('refuses a second one of the same cluster while the first is made', async () => {
    const error = new WorkflowExecutionAlreadyStartedError('there', 'kafka-bluegreen-plan-orders', 'PlanWorkflow');
    await assert.rejects(failing(error), ends(ExitCode.Refused, /^The plan of orders is being made already\. Wait/));
  });

  test('says why one could not be made', async () => {
    const error = new WorkflowFailedError('failed', new Error('terminated by ada'), 'NON_RETRYABLE_FAILURE');
    await assert.rejects(failing(error), ends(ExitCode.Failed, /could not be made: terminated by ada\. .*ask again/));
  });
});
