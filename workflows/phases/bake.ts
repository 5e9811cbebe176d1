import { sleep } from '@temporalio/workflow';
import { fromFlip } from '../activities.ts';
import { heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/** Green carries everything while blue stands fenced; an early end is an `approve` of gate bake. History that must be kept is waited out. */
export async function bake(run: DeploymentRun): Promise<void> {
  const end = await run.awaitGate('bake', run.request.bake, 'Bake');
  const historyMs = run.plan?.historyKeptMs ?? 0;
  const left = Date.parse(run.flippedAt) + historyMs - Date.now();
  if (left > 0) await sleep(left, { summary: 'Retention of the topics whose history is kept' });
  const restored = await heldWithWaivers(run, () =>
    fromFlip.putKeepBackOnGreen.executeWithOptions({ summary: "green's own retention" }, [run.inputWithWaivers()]),
  );
  run.leave('bake', { detail: `${end === 'expired' ? 'baked in full' : 'ended early'}; ${restored.detail}` });
}
