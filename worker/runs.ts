/**
 * Finds the run of a deployment by the deployment's id, which is the end of its first run's id. A reset starts a new run of the same
 * deployment, so every run of the workflow is asked for its first one; the newest that answers with this deployment is the one that counts.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { Client, type Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import type { RunFound } from '../activities/dependencies.ts';
import { deploymentId } from '../contract/deployment.ts';
import { WORKFLOW_ID_PREFIX } from '../contract/request.ts';

/** Runs that are looked through, and those of one workflow id that are asked. */
const MOST_LISTED = 2_000;
const MOST_ASKED = 50;
/** A list lags behind by moments (https://docs.temporal.io/visibility). */
const LOOKS = 4;
const LOOK_EVERY_MS = 700;

export function findRunOn(
  connection: Connection,
  namespace: string,
): (deployment: string, cluster: string) => Promise<RunFound> {
  const client = new Client({ connection, namespace });
  return async (deployment, cluster) => {
    try {
      for (let look = 1; ; look += 1) {
        const found = await newestRun(client, deployment, cluster);
        if (found.kind !== 'absent' || look === LOOKS) return found;
        await delay(LOOK_EVERY_MS);
      }
    } catch (error) {
      return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

async function newestRun(client: Client, deployment: string, cluster: string): Promise<RunFound> {
  const listed: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query: "WorkflowType = 'BlueGreenWorkflow'" })) {
    listed.push(run);
    if (listed.length === MOST_LISTED) break;
  }
  const first = listed.find(run => deploymentId(run.runId) === deployment);
  const workflowId = first?.workflowId ?? `${WORKFLOW_ID_PREFIX}${cluster}`;
  const ofSameId = listed
    .filter(run => run.workflowId === workflowId)
    .toSorted((a, b) => b.startTime.getTime() - a.startTime.getTime());
  const asking = activityInfo().workflowExecution?.runId;
  const open = ofSameId.find(run => run.status.name === 'RUNNING' && run.runId !== asking);
  for (const { runId } of ofSameId.slice(0, MOST_ASKED)) {
    const described = await client.workflow.getHandle(workflowId, runId).describe();
    const firstRunId = described.raw.workflowExecutionInfo?.firstRunId ?? '';
    if (deploymentId(firstRunId) !== deployment) continue;
    if (described.status.name === 'RUNNING') return { kind: 'running', workflowId, runId };
    return { kind: 'closed', workflowId, runId, status: described.status.name, otherRun: open?.runId ?? null };
  }
  return { kind: 'absent' };
}
