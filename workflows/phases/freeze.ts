import { fromFlip } from '../activities.ts';
import { held, heldWithWaivers } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * Nothing can be written to blue any more, proved on every partition's leader; its ends are the fixed target of the drain. Only
 * then, with order `total`, do writers that hold go on, on green.
 */
export async function freeze(run: DeploymentRun): Promise<void> {
  const frozen = await heldWithWaivers(run, () =>
    fromFlip.freeze.executeWithOptions({ summary: 'fence and frozen ends' }, [run.inputWithWaivers()]),
  );
  run.keepEvidence({ frozen: frozen.evidence });
  const opened = run.facts.writersHold ? await openGreen(run) : [];
  run.leave('freeze', { detail: [frozen.detail, ...opened].join('; '), evidence: frozen.evidence });
}

/** Answers with what was done, a line each. */
async function openGreen(run: DeploymentRun): Promise<string[]> {
  const opened = await held(run, () =>
    fromFlip.openGreen.executeWithOptions({ summary: `writers → ${run.request.green.stack}` }, [run.input()]),
  );
  run.know({ epoch: opened.epoch });
  run.writersGoOn(opened.insyncAt);
  const seen = await held(run, () =>
    fromFlip.awaitFlipSeen.executeWithOptions({ summary: run.request.record }, [run.input()]),
  );
  run.dns = seen.dns;
  return [opened.detail, seen.detail];
}
