import { workflowInfo } from '@temporalio/workflow';
import { deploymentId } from '../contract/deployment.ts';
import type { Plan } from '../contract/plan.ts';
import { PLAN_WORKFLOW_ID_PREFIX } from '../contract/request.ts';
import { beforeFlip } from './activities.ts';
import { admit } from './admission.ts';

/** Preflight alone: looks at everything, changes nothing, and answers with the plan and all problems. */
export async function PlanWorkflow(input: unknown): Promise<Plan> {
  const request = admit(input, PLAN_WORKFLOW_ID_PREFIX);
  const id = deploymentId(workflowInfo().firstExecutionRunId);
  const { plan } = await beforeFlip.inspect.executeWithOptions(
    { summary: `${request.blue.stack} and ${request.record}` },
    [{ request, id }],
  );
  return plan;
}
