/** What every run is asked before anything else: a readable request, and the one id under which its cluster may be deployed. */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { FailureType } from '../contract/errors.ts';
import { describeProblems } from '../contract/problem.ts';
import { type DeploymentRequest, parseRequest } from '../contract/request.ts';
import { whyUnreadable } from '../contract/unreadable.ts';

/** The request, or one failure that lists every problem. The id is the lock: one deployment at a time per cluster. */
export function admit(input: unknown, idPrefix: string): DeploymentRequest {
  const undecoded = whyUnreadable(input);
  if (undecoded !== null) {
    throw ApplicationFailure.nonRetryable(
      `The request cannot be decoded (${undecoded}); nothing was created or changed. Send one JSON object.`,
      FailureType.InvalidInput,
    );
  }
  const parsed = parseRequest(input);
  if (parsed.kind === 'invalid') {
    throw ApplicationFailure.nonRetryable(
      `The request cannot be used; nothing was created or changed.\n${describeProblems(parsed.problems)}`,
      FailureType.InvalidInput,
    );
  }
  const expected = `${idPrefix}${parsed.request.cluster}`;
  const { workflowId } = workflowInfo();
  if (workflowId !== expected) {
    throw ApplicationFailure.nonRetryable(
      `The workflow id of a run on cluster ${parsed.request.cluster} is ${expected}, not ${workflowId}: the id keeps two runs from meeting. Start it again with that id.`,
      FailureType.InvalidInput,
    );
  }
  return parsed.request;
}
