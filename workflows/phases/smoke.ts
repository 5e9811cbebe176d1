import { beforeFlip } from '../activities.ts';
import type { DeploymentRun } from '../run.ts';

/** Green works end to end through its own front door, on a topic of the run's own. */
export async function smoke(run: DeploymentRun): Promise<void> {
  const tested = await beforeFlip.smokeTest.executeWithOptions({ summary: run.request.green.stack }, [run.input()]);
  run.keepEvidence({ smoke: tested.evidence });
  run.leave('smoke', { detail: tested.detail, evidence: tested.evidence });
}
