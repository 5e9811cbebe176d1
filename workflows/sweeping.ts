/**
 * The drain's sweeps over every hold: what was sealed before one stays sealed, and what somebody changed under the fence is fenced
 * and frozen anew once a person has looked and resumed.
 */
import type { Drained } from '../contract/activities.ts';
import { carriedLedger } from '../contract/ledger.ts';
import { fromFlip } from './activities.ts';
import { failureIn, heldWithWaivers } from './holding.ts';
import type { DeploymentRun } from './run.ts';

/** Types of failure after which blue's ends are not the frozen ones any more. */
const NOT_FROZEN: readonly string[] = ['FrozenEndMoved', 'FenceOpen'];

/** Runs the sweep until it is done, through holds, waivers and interruptions. */
export function sweeping(run: DeploymentRun, sweep: () => Promise<Drained>): Promise<Drained> {
  let freezeAgain = false;
  return heldWithWaivers(run, async () => {
    if (freezeAgain) {
      const frozen = await fromFlip.freeze.executeWithOptions({ summary: 'fence and frozen ends once more' }, [
        run.inputWithWaivers(),
      ]);
      run.keepEvidence({ frozen: frozen.evidence });
      freezeAgain = false;
    }
    for (;;) {
      try {
        const result = await sweep();
        run.keepEvidence({ ledger: result.evidence });
        run.ledger = result.summary;
        if (result.kind === 'done') return result;
      } catch (error) {
        const failure = failureIn(error);
        freezeAgain ||= NOT_FROZEN.includes(failure?.type ?? '');
        const ledger = carriedLedger(failure?.details?.[0]);
        if (ledger !== null) run.keepEvidence({ ledger });
        throw error;
      }
    }
  });
}
