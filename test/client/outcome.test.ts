import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { endOf } from '../../client/outcome.ts';
import { FailureType } from '../../contract/errors.ts';

/** How a run ended that failed for this cause: its exit code and what is said. */
async function ended(cause: Error): Promise<readonly [number, string]> {
  const end = await endOf(
    Promise.reject(new WorkflowFailedError('Workflow execution failed', cause, 'NON_RETRYABLE_FAILURE')),
  );
  assert.equal(end.kind, 'failed');
  return [end.exitCode, end.kind === 'failed' ? end.message : ''];
}

describe('endOf()', () => {
  test('says of a cancelled run that it went back, and where it is written what stays on green', async () => {
    const [code, said] = await ended(new CancelledFailure('cancelled'));
    assert.equal(code, 1);
    assert.match(said, /^It was cancelled, and went back: .*report says .* stays on green/);
  });

  test('says of a terminated run that nothing was put back', async () => {
    const [code, said] = await ended(new TerminatedFailure('terminated'));
    assert.equal(code, 1);
    assert.match(said, /^It was terminated: nothing was put back\./);
  });

  test('says what a failed run says, and tells a refusal from a failure', async () => {
    const refusal = ApplicationFailure.nonRetryable('2 problems stand in the way.', FailureType.PreflightRefused);
    assert.deepEqual(await ended(refusal), [2, '2 problems stand in the way.']);
    const failure = ApplicationFailure.nonRetryable('The deployment failed.', FailureType.DeploymentFailed);
    assert.deepEqual(await ended(failure), [1, 'The deployment failed.']);
  });

  test('lets errors through that are not the run’s own', () =>
    assert.rejects(endOf(Promise.reject(new Error('no network'))), /no network/));
});
