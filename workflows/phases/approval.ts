import { ApplicationFailure } from '@temporalio/workflow';
import { formatDuration } from '../../contract/duration.ts';
import { FailureType } from '../../contract/errors.ts';
import type { DeploymentRun } from '../run.ts';

/** A person allows the flip. Rejected: everything is undone and the run ends `rejected`. Expired: undone, and the run fails. */
export async function approval(run: DeploymentRun): Promise<'approved' | 'rejected'> {
  const verdict = await run.awaitGate('flip', run.request.approval.deadline, 'Approval window of the flip');
  if (verdict === 'expired') {
    throw ApplicationFailure.nonRetryable(
      `Nobody approved the flip within ${formatDuration(run.request.approval.deadline)}; everything was undone.`,
      FailureType.ApprovalExpired,
    );
  }
  const by = run.gates.approvals.at(-1)?.by ?? 'nobody';
  run.leave('approval', { detail: `${verdict} by ${by}`, state: verdict === 'approved' ? 'done' : 'failed' });
  return verdict;
}
