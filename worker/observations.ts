/**
 * Carries what a running step saw into its workflow, as the update `observe`. Best effort: a workflow that cannot be reached or
 * has heard enough must not fail the step that works for it.
 */
import { activityInfo } from '@temporalio/activity';
import { Client, type Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { type Observation, shortened } from '../contract/observation.ts';

export function observations(
  connection: Connection,
  namespace: string,
  log: Logger,
): (observation: Observation) => Promise<void> {
  const client = new Client({ connection, namespace });
  return async observation => {
    const { workflowExecution } = activityInfo();
    if (workflowExecution === undefined) return;
    try {
      const handle = client.workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId);
      await handle.startUpdate<void, [Observation]>('observe', {
        args: [shortened(observation)],
        waitForStage: 'ACCEPTED',
      });
    } catch (error) {
      log.warn(
        { observation, reason: error instanceof Error ? error.message : String(error) },
        'observation not taken',
      );
    }
  };
}
