import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QueryNotRegisteredError, type WorkflowExecutionDescription, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { answerOf } from '../../client/answer.ts';
import { CommandError } from '../../client/command-error.ts';
import { FailureType } from '../../contract/errors.ts';

const session = { call: <T>(_cluster: string, work: () => Promise<T>) => work() };
const described = (name: string) => ({ status: { name } }) as WorkflowExecutionDescription;
const unknown = async (): Promise<string> => {
  // Its code is an enum of a package that is not ours to name.
  throw Reflect.construct(QueryNotRegisteredError, ['unknown queryType status. KnownQueryTypes=[]', 3]) as Error;
};
const why = ApplicationFailure.nonRetryable(
  'The request cannot be used.\n- record: is missing.',
  FailureType.InvalidInput,
);

const run = (status: string) => ({
  describe: async () => described(status),
  result: () => Promise.reject(new WorkflowFailedError('failed', why, 'NON_RETRYABLE_FAILURE')),
});
const ends = (exitCode: number, message: RegExp) => (error: unknown) =>
  error instanceof CommandError && error.exitCode === exitCode && message.test(error.message);

describe('answerOf()', () => {
  test('answers with what the run says', async () => {
    assert.equal(await answerOf(session, 'orders', run('RUNNING'), async () => 'ready'), 'ready');
  });

  test('says of a run whose request could not be read why it failed, as the start that waits does', () =>
    assert.rejects(
      answerOf(session, 'orders', run('FAILED'), unknown),
      ends(2, /^orders: The request cannot be used\.\n- record: is missing\.$/),
    ));

  test('is no verdict on a run that goes on and cannot answer', () =>
    assert.rejects(answerOf(session, 'orders', run('RUNNING'), unknown), ends(6, /could not answer: .* Ask again/)));
});
