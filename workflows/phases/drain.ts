import { fromFlip } from '../activities.ts';
import { heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * Groups read blue to its frozen ends. This phase ends with the first group that is drained, and releases none: up to its end a
 * rollback costs no reader anything.
 */
export async function drain(run: DeploymentRun): Promise<void> {
  const drained = await heldWithWaivers(run, async () => {
    for (;;) {
      const result = await fromFlip.drainFirstGroup.executeWithOptions({ summary: 'consumer groups on blue' }, [
        run.input(),
      ]);
      run.keepEvidence({ ledger: result.evidence });
      if (result.kind === 'done') return result;
    }
  });
  run.leave('drain', { detail: drained.detail, evidence: drained.evidence });
}
