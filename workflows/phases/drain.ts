import { fromFlip } from '../activities.ts';
import type { DeploymentRun } from '../run.ts';
import { sweeping } from '../sweeping.ts';

/**
 * Groups read blue to its frozen ends. This phase ends with the first group that is drained, and releases none: up to its end a
 * rollback costs no reader anything.
 */
export async function drain(run: DeploymentRun): Promise<void> {
  const drained = await sweeping(run, () =>
    fromFlip.drainFirstGroup.executeWithOptions({ summary: 'consumer groups on blue' }, [run.inputWithWaivers()]),
  );
  run.leave('drain', { detail: drained.detail, evidence: drained.evidence });
}
