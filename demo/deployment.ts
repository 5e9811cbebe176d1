/**
 * Drives BlueGreenWorkflow as people do from outside: starts it, looks at its status again and again, speaks to it, and gives up on
 * a hold that nobody ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentClient } from '../client/deployment-client.ts';
import type { Message } from '../contract/messages.ts';
import type { Report } from '../contract/report.ts';
import { WORKFLOW_ID_PREFIX } from '../contract/request.ts';
import type { Status } from '../contract/status.ts';
import { CLUSTER } from './request.ts';

const LOOK_EVERY_MS = 1_000;
const PATIENCE_WITH_HOLD_MS = 60_000;

export interface DeploymentHooks {
  readonly started: (workflowId: string, runId: string) => void;
  /** Called at each look, one after another; what it throws ends the demo. */
  readonly looked: (status: Status) => Promise<void>;
}

/** The workflow's report; an error says why there is none. */
export async function deploy(deployment: DeploymentClient, request: object, hooks: DeploymentHooks): Promise<Report> {
  const { workflowId, runId } = await deployment.start(request);
  hooks.started(workflowId, runId);
  const result = deployment.result();
  const ended = result.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, delay(LOOK_EVERY_MS, false)]))) {
    const status = await deployment.status().catch(() => null);
    if (status === null) continue;
    await hooks.looked(status);
    const { waitingFor } = status;
    if (waitingFor?.kind === 'hold' && Date.now() - Date.parse(waitingFor.since) > PATIENCE_WITH_HOLD_MS)
      throw new Error(`The deployment holds in ${waitingFor.phase}: ${waitingFor.reason} Next: ${waitingFor.command}`);
  }
  return result;
}

/** Sends the message and shows it as the command that a person would type, with the run's answer. */
export async function sendShown(
  deployment: DeploymentClient,
  message: Message,
  say: (line: string) => void,
): Promise<void> {
  say(`$ ${commandOf(message)}`);
  say(`  → ${await deployment.send(message)}`);
}

/** The same message by Temporal's own command. */
export function commandOf({ name, ...payload }: Message): string {
  const input = JSON.stringify(payload).replaceAll("'", "'\\''");
  return `temporal workflow update execute --workflow-id ${WORKFLOW_ID_PREFIX}${CLUSTER} --name ${name} --input '${input}'`;
}
