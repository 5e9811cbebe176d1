import { fromFlip } from '../activities.ts';
import { heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/** Nothing can be written to blue any more, proved on every partition's leader; its ends are the fixed target of the drain. */
export async function freeze(run: DeploymentRun): Promise<void> {
  const frozen = await heldWithWaivers(run, () =>
    fromFlip.freeze.executeWithOptions({ summary: 'fence and frozen ends' }, [run.inputWithWaivers()]),
  );
  run.keepEvidence({ frozen: frozen.evidence });
  run.leave('freeze', { detail: frozen.detail, evidence: frozen.evidence });
}
