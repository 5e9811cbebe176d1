/**
 * The signpost's epoch guards what is done on clusters as it guards the records themselves: a worker that wakes late, or that still
 * works for a run that was terminated, finds that the deployment has gone on without it, and changes nothing any more.
 */
import { signpostName } from 'kafka-bluegreen-switching/signpost';
import type { Deployment } from '../contract/deployment.ts';
import type { Dependencies } from './dependencies.ts';
import { readRecordsSince } from './records.ts';
import { type Pace, Refused } from './step.ts';

/** The pace of a step that changes topics: each change is made only while the signpost stands as this run wrote it last. */
export function guarded(
  deps: Dependencies,
  deployment: Deployment,
  pace: Pace,
): Pace & { readonly stillMay: () => Promise<void> } {
  return { ...pace, stillMay: () => refuseUnlessOurs(deps, deployment, pace) };
}

async function refuseUnlessOurs(deps: Dependencies, deployment: Deployment, pace: Pace): Promise<void> {
  // Before the announcement there is no signpost of this run, and nothing of it is on a topic.
  if (deployment.epoch === null) return;
  const known = BigInt(deployment.epoch);
  const name = signpostName(deployment.record);
  const { signpost } = await readRecordsSince(deps, deployment, pace);
  if (signpost.kind === 'signpost' && signpost.signpost.epoch === known && signpost.signpost.by === deployment.id)
    return;
  const seen =
    signpost.kind === 'absent'
      ? 'was deleted'
      : signpost.kind === 'malformed'
        ? signpost.reason
        : `has epoch ${signpost.signpost.epoch} by ${signpost.signpost.by ?? 'nobody'}`;
  throw new Refused(
    'SignpostMoved',
    `The signpost ${name} ${seen}, but this step belongs to epoch ${known} of deployment ${deployment.id}: no topic is changed any more. See who changed it, put it back, then resume.`,
  );
}
