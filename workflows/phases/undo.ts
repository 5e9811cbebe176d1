import { fromFlip } from '../activities.ts';
import { held } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * The way back before the flip, in the reverse order of the way there: topic configs, record and TTL, green. The signpost stays,
 * steady on blue. What cannot be undone holds and is tried again: nothing is left half undone in silence.
 */
export async function undo(run: DeploymentRun): Promise<void> {
  run.enter('undo');
  const done: string[] = [];
  if (run.begun.topicConfigs)
    done.push(
      (
        await held(run, () =>
          fromFlip.reopenBlue.executeWithOptions({ summary: 'original topic configs' }, [run.input()]),
        )
      ).detail,
    );
  if (run.begun.announced) {
    const returned = await held(run, () =>
      fromFlip.returnRecord.executeWithOptions({ summary: run.request.record }, [run.input()]),
    );
    run.know({ epoch: returned.epoch });
    done.push(returned.detail);
  }
  if (run.begun.greenStack) {
    const deleted = await held(run, () =>
      fromFlip.deleteGreen.executeWithOptions({ summary: run.request.green.stack }, [
        { ...run.input(), stackId: run.greenStackId },
      ]),
    );
    run.greenEnd = deleted.end ?? 'deleted';
    done.push(deleted.detail);
  }
  run.leave('undo', { detail: done.length === 0 ? 'nothing had been changed' : done.join('; ') });
}

/** Whether writers are on green already, by the signpost itself: what a step that failed or was ended had done before. */
export async function trafficIsOnGreen(run: DeploymentRun): Promise<boolean> {
  if (!run.begun.topicConfigs) return false;
  const located = await held(run, () =>
    fromFlip.locateTraffic.executeWithOptions({ summary: 'where writers are' }, [run.input()]),
  );
  if (located.epoch !== null) run.know({ epoch: located.epoch });
  return located.at === 'green';
}
