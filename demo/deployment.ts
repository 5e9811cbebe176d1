/**
 * Drives BlueGreenWorkflow as a person does from outside: starts it, looks at its status, approves what waits for approval
 * after having looked, and gives up on a hold that nobody is there to end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DeploymentClient } from '../client/deployment-client.ts';
import type { Gate } from '../contract/phases.ts';
import type { Report } from '../contract/report.ts';
import type { Status } from '../contract/status.ts';
import { CLUSTER, REQUEST } from './request.ts';

const LOOK_EVERY_MS = 1_000;
const PATIENCE_WITH_HOLD_MS = 60_000;
const APPROVER = 'grace';

export interface DeploymentHooks {
  readonly started: (workflowId: string, runId: string) => void;
  readonly looked: (status: Status) => Promise<void>;
  /** Called before the demo approves; throws where it must not be approved. */
  readonly beforeApproval: (gate: Gate, status: Status) => Promise<void>;
}

/** The workflow's report; an error says why there is none. */
export async function deploy(client: Client, hooks: DeploymentHooks): Promise<Report> {
  const deployment = new DeploymentClient(client, CLUSTER);
  const { workflowId, runId } = await deployment.start(REQUEST);
  hooks.started(workflowId, runId);
  const result = deployment.result();
  const ended = result.then(
    () => true,
    () => true,
  );
  const approved = new Set<Gate>();
  while (!(await Promise.race([ended, delay(LOOK_EVERY_MS, false)]))) {
    const status = await deployment.status().catch(() => null);
    if (status === null) continue;
    await hooks.looked(status);
    const { waitingFor } = status;
    // Bake ends by itself; an approval would only end it early.
    if (waitingFor?.kind === 'gate' && waitingFor.gate !== 'bake' && !approved.has(waitingFor.gate)) {
      await hooks.beforeApproval(waitingFor.gate, status);
      await deployment.send({ name: 'approve', by: APPROVER, gate: waitingFor.gate, reason: undefined });
      approved.add(waitingFor.gate);
    }
    if (waitingFor?.kind === 'hold' && Date.now() - Date.parse(waitingFor.since) > PATIENCE_WITH_HOLD_MS)
      throw new Error(`The deployment holds in ${waitingFor.phase}: ${waitingFor.reason} Next: ${waitingFor.command}`);
  }
  return result;
}
