import { sleep } from '@temporalio/workflow';
import { fromFlip } from '../activities.ts';
import { heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/** An alias record's TTL is Route 53's own and cannot be lowered (Route 53 developer guide, "Choosing between alias and non-alias records"). */
const ALIAS_TTL_MS = 60_000;

/** Every cache has forgotten blue, and no writer is left there; who still writes is named while it costs nothing to restart it. */
export async function settle(run: DeploymentRun): Promise<void> {
  const recordTtl = run.facts.recordIsAlias ? ALIAS_TTL_MS : run.request.ttl;
  await sleep(Math.max(recordTtl, run.request.settle.clientCache), {
    summary: 'The longest TTL that any cache can hold',
  });
  const settled = await heldWithWaivers(run, () =>
    fromFlip.settle.executeWithOptions({ summary: 'writers leave blue' }, [run.inputWithWaivers()]),
  );
  run.leave('settle', { detail: settled.detail });
}
