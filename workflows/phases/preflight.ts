import { ApplicationFailure } from '@temporalio/workflow';
import { FailureType } from '../../contract/errors.ts';
import { describeProblems } from '../../contract/problem.ts';
import { beforeFlip } from '../activities.ts';
import type { DeploymentRun } from '../run.ts';

/** Read-only. Ends with the facts of the deployment, or refuses with every problem that stands in the way. */
export async function preflight(run: DeploymentRun): Promise<void> {
  const inspection = await beforeFlip.inspect.executeWithOptions(
    { summary: `${run.request.blue.stack} and ${run.request.record}` },
    [{ request: run.request, id: run.id }],
  );
  run.useSearchAttributes(inspection.searchAttributes);
  run.plan = inspection.plan;
  if (inspection.deployment === null) throw refusal(inspection.plan);
  run.deployment = inspection.deployment;
  const { topics, groups } = inspection.plan;
  run.leave('preflight', {
    detail: `${topics.drain} topics to drain, ${groups.move} groups to move, nothing in the way`,
    evidence: inspection.deployment.evidence.inventory,
  });
}

function refusal(plan: NonNullable<DeploymentRun['plan']>): ApplicationFailure {
  const paste =
    plan.paste === null
      ? ''
      : `\nThis block answers for everything that has to be answered for; correct it and paste it into the request:\n${JSON.stringify(plan.paste)}`;
  return ApplicationFailure.nonRetryable(
    `Nothing was created or changed. ${plan.problems.length} problems stand in the way:\n${describeProblems(plan.problems)}${paste}`,
    FailureType.PreflightRefused,
  );
}
