import { fromFlip } from '../activities.ts';
import { held, heldUnlessWaived } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';
import { trafficIsOnGreen } from './undo.ts';

/**
 * The way back after the flip and before the first release. Writers are held, green is fenced and its records are counted and
 * kept; blue is opened again with its own configs; then record and signpost return in one batch. Green stays, for its records.
 */
export async function rollback(run: DeploymentRun): Promise<void> {
  run.enter('rollback');
  const heldBack = await held(run, async () => {
    // Green may have been opened by a step that was ended before its answer came.
    if (run.facts.writersHold) await trafficIsOnGreen(run);
    return fromFlip.holdWrites.executeWithOptions({ summary: 'signpost write=hold' }, [run.input()]);
  });
  run.know({ epoch: heldBack.epoch });
  const kept = await heldUnlessWaived(run, () =>
    fromFlip.freezeGreen.executeWithOptions({ summary: run.request.green.stack }, [run.inputWithWaivers()]),
  );
  run.keepEvidence({ kept: kept.evidence });
  run.stranded = kept.stranded;
  const reopened = await held(run, () =>
    fromFlip.reopenBlue.executeWithOptions({ summary: 'original topic configs' }, [run.input()]),
  );
  const returned = await held(run, () =>
    fromFlip.returnRecord.executeWithOptions({ summary: `${run.request.record} → ${run.request.blue.stack}` }, [
      run.input(),
    ]),
  );
  run.know({ epoch: returned.epoch });
  run.leave('rollback', {
    detail: [heldBack, kept, reopened, returned].map(step => step.detail).join('; '),
    evidence: kept.evidence,
  });
}
