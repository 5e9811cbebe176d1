import { beforeFlip } from '../activities.ts';
import type { DeploymentRun } from '../run.ts';

/** Green has what blue has: topics, configs, seeds and held tickets; the difference, taken from both, is empty or waived by name. */
export async function parity(run: DeploymentRun): Promise<void> {
  const copied = await beforeFlip.copyTopics.executeWithOptions({ summary: run.request.green.stack }, [run.input()]);
  const seeded = await beforeFlip.seedGroups.executeWithOptions({ summary: run.request.green.stack }, [run.input()]);
  const compared = await beforeFlip.compareClusters.executeWithOptions({ summary: 'blue and green' }, [run.input()]);
  run.keepEvidence({ parity: compared.evidence });
  run.leave('parity', {
    detail: `${copied.detail}; ${seeded.detail}; ${compared.detail}`,
    evidence: compared.evidence,
  });
}
