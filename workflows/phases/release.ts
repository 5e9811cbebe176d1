import { fromFlip } from '../activities.ts';
import { held, heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';
import { sweeping } from '../sweeping.ts';

/** Each group leaves blue once its rows of the ledger are sealed; after the last one readers are sent to green by record and signpost. */
export async function release(run: DeploymentRun): Promise<void> {
  run.moveTo('released');
  const released = await sweeping(run, () =>
    fromFlip.releaseGroups.executeWithOptions({ summary: 'groups leave blue' }, [run.inputWithWaivers()]),
  );
  const moved = await held(run, () =>
    fromFlip.moveReaders.executeWithOptions({ summary: 'record and signpost' }, [run.input()]),
  );
  run.know({ epoch: moved.epoch });
  const gone = await heldWithWaivers(run, () =>
    fromFlip.awaitReadersGone.executeWithOptions({ summary: 'readers leave blue' }, [run.inputWithWaivers()]),
  );
  run.leave('release', { detail: `${released.detail}; ${moved.detail}; ${gone.detail}`, evidence: released.evidence });
}
