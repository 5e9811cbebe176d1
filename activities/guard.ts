/**
 * The signpost's epoch guards what is done on clusters as it guards the records themselves: a worker that wakes late, or that still
 * works for a run that was terminated, finds that the deployment has gone on without it, and changes nothing any more.
 */
import type { Deployment } from '../contract/deployment.ts';
import type { Dependencies } from './dependencies.ts';
import { refuseUnlessWritten } from './foreign-records.ts';
import { readRecordsSince } from './read-records.ts';
import type { Stage } from './signposts.ts';
import type { Pace } from './step.ts';

/** The pace of a step that changes topics: each change is made only while the signpost stands as this run wrote it last, at `stage`. */
export function guarded(
  deps: Dependencies,
  deployment: Deployment,
  stage: Stage,
  pace: Pace,
): Pace & { readonly stillMay: () => Promise<void> } {
  return { ...pace, stillMay: () => refuseUnlessOurs(deps, deployment, stage, pace) };
}

async function refuseUnlessOurs(deps: Dependencies, deployment: Deployment, stage: Stage, pace: Pace): Promise<void> {
  // Before the announcement there is no signpost of this run, and nothing of it is on a topic.
  if (deployment.epoch === null) return;
  const { signpost } = await readRecordsSince(deps, deployment, pace);
  refuseUnlessWritten(deployment, signpost, stage);
}
