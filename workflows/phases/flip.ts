import { sleep } from '@temporalio/workflow';
import { beforeFlip, fromFlip } from '../activities.ts';
import { held } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * Record and signpost move to green in one compare-and-swap batch. Until that batch is accepted a failure still undoes
 * everything, keep included; once it is, nothing moves by itself.
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
  const flipped = await beforeFlip.flipRecord.executeWithOptions(
    { summary: `${run.request.record} → ${run.request.green.stack}` },
    [run.input()],
  );
  run.moveTo('flipped');
  run.flippedAt = new Date().toISOString();
  run.know({ epoch: flipped.epoch });
  const seen = await held(run, () =>
    fromFlip.awaitFlipSeen.executeWithOptions({ summary: run.request.record }, [run.input()]),
  );
  run.dns = seen.dns;
  run.leave('flip', { detail: `${kept.detail}; ${flipped.detail}; ${seen.detail}`, evidence: originals.evidence });
}
