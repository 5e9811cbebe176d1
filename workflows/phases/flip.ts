import { isCancellation, sleep } from '@temporalio/workflow';
import type { RecordsChanged } from '../../contract/activities.ts';
import { beforeFlip, fromFlip } from '../activities.ts';
import { held } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';
import { trafficIsOnGreen } from './undo.ts';

/**
 * Record and signpost move to green in one compare-and-swap batch; with order `total` the signpost asks writers to hold first.
 * Until that batch is accepted a failure still undoes everything, keep included; once it is, nothing moves by itself.
 */
export async function flip(run: DeploymentRun): Promise<void> {
  const ageMs = Date.parse(run.agedAt) - Date.now();
  if (ageMs > 0) await sleep(ageMs, { summary: 'Caches forget the old TTL and the missing signpost' });
  await beforeFlip.confirmBeforeFlip.executeWithOptions({ summary: 'parity, seeds and blue once more' }, [run.input()]);
  const originals = await beforeFlip.saveOriginals.executeWithOptions({ summary: 'topic configs of both clusters' }, [
    run.input(),
  ]);
  run.keepEvidence({ originals: originals.evidence });
  run.begun.topicConfigs = true;
  const kept = await beforeFlip.keepRecords.executeWithOptions({ summary: 'nothing expires unread' }, [run.input()]);
  const flipped = await flipRecord(run);
  run.moveTo('flipped');
  run.flippedAt = new Date().toISOString();
  if (run.request.order === 'total') run.writersHold(flipped.insyncAt ?? run.flippedAt);
  const seen = await held(run, () =>
    fromFlip.awaitFlipSeen.executeWithOptions({ summary: run.request.record }, [run.input()]),
  );
  run.dns = seen.dns;
  run.leave('flip', { detail: `${kept.detail}; ${flipped.detail}; ${seen.detail}`, evidence: originals.evidence });
}

/** A batch that was accepted is a flip, also when its answer never came: going back then would move traffic by itself. */
async function flipRecord(run: DeploymentRun): Promise<Pick<RecordsChanged, 'detail'> & Partial<RecordsChanged>> {
  const { record, green, order } = run.request;
  const summary = `${record} → ${green.stack}`;
  try {
    const flipped = await (order === 'total'
      ? beforeFlip.flipToHold.executeWithOptions({ summary: `${summary}, writers hold` }, [run.input()])
      : beforeFlip.flipRecord.executeWithOptions({ summary }, [run.input()]));
    run.know({ epoch: flipped.epoch });
    return flipped;
  } catch (error) {
    if (isCancellation(error) || !(await trafficIsOnGreen(run))) throw error;
    return { detail: `${summary}, found there without its answer` };
  }
}
