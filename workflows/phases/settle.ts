import { sleep } from '@temporalio/workflow';
import { ALIAS_TTL_SECONDS } from '../../contract/deployment.ts';
import { fromFlip } from '../activities.ts';
import { heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/** Every cache has forgotten blue, and no writer is left there; who still writes is named while it costs nothing to restart it. */
export async function settle(run: DeploymentRun): Promise<void> {
  const recordTtl = run.facts.recordIsAlias ? ALIAS_TTL_SECONDS * 1_000 : run.request.ttl;
  if (run.facts.writersHold) return settleHeld(run, recordTtl);
  // A client keeps an answer from when it gets it, and a resolver may give it until the last second of its TTL: the sum of both.
  await sleep(recordTtl + run.request.settle.clientCache, { summary: 'The longest that any cache can hold' });
  const settled = await heldWithWaivers(run, () =>
    fromFlip.settle.executeWithOptions({ summary: 'writers leave blue' }, [run.inputWithWaivers()]),
  );
  run.leave('settle', { detail: settled.detail });
}

/** Every library producer has seen that it is to hold, and nobody else writes: not on blue, and not on green before it is opened. */
async function settleHeld(run: DeploymentRun, signpostTtl: number): Promise<void> {
  // Only the signpost is waited for: what clients cache longer than its TTL is the record's address.
  await sleep(signpostTtl, { summary: 'The TTL of the signpost' });
  const settled = await heldWithWaivers(run, () =>
    fromFlip.settleHeld.executeWithOptions({ summary: 'nobody writes' }, [run.inputWithWaivers()]),
  );
  run.leave('settle', { detail: settled.detail });
}
