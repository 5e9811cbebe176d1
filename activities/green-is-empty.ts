/**
 * Green is only ever deleted empty on the way back before the flip: whoever wrote to its own address was acknowledged, and those
 * records are nowhere else. It is fenced before that look, so that nothing is acknowledged between the look and the deletion. A green
 * that the run never met took part in nothing, and is deleted unseen.
 */
import { lookPastLag } from '../aws/poll.ts';
import { describeStack } from '../aws/stack-describe.ts';
import type { ClusterEndpoint, Deployment } from '../contract/deployment.ts';
import { formatDuration } from '../contract/duration.ts';
import { listed } from '../contract/listed.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { KafkaTrouble } from '../kafka/errors.ts';
import { proveFence, setFence } from '../kafka/fence.ts';
import { readOriginals } from '../kafka/originals.ts';
import { FENCE_KEY } from '../kafka/our-values.ts';
import { type RecordsHeld, recordsHeld } from '../kafka/records-held.ts';
import { pauseFor } from '../kafka/retry.ts';
import { firstBegun } from './begun.ts';
import type { Dependencies } from './dependencies.ts';
import { type Pace, Refused } from './step.ts';
import { done } from './topic-configs.ts';
import { topicsOfGreen } from './topics-of-green.ts';

/** A broker that restarts answers within this, and an election is over. */
const PATIENCE_MS = 2 * 60_000;
const LOOK_EVERY_MS = 2_000;

export async function refuseUnlessEmpty(deps: Dependencies, deployment: Deployment, pace: Pace): Promise<void> {
  const { green } = deployment;
  if (green === null || !(await stillStands(deps, green, pace))) return;
  const begun = firstBegun();
  pace.carry({ begun });
  for (;;) {
    const seen = await lookAtGreen(deps, deployment, green, pace);
    if (seen.kind === 'empty') return;
    if (seen.kind === 'holds') throw greenHoldsRecords(green, seen.topics);
    if (Date.now() > begun + PATIENCE_MS) throw greenUnseen(green, seen.reason);
    pace.progress({ phase: 'undo', greenUnseen: seen.reason });
    await pauseFor(LOOK_EVERY_MS, pace.signal);
  }
}

/** Once its deletion was begun nothing of it can be seen, or saved: it was seen empty before, or somebody else deletes it. */
async function stillStands(deps: Dependencies, { stackId }: ClusterEndpoint, pace: Pace): Promise<boolean> {
  const found = await lookPastLag(
    () => describeStack(deps.aws.cloudFormation, stackId),
    ({ kind }) => kind === 'absent',
    pace,
  );
  return found.kind === 'stack' && !found.stack.status.startsWith('DELETE_');
}

async function lookAtGreen(
  deps: Dependencies,
  deployment: Deployment,
  green: ClusterEndpoint,
  pace: Pace,
): Promise<RecordsHeld> {
  try {
    await using cluster = await deps.connect(green);
    return await recordsHeldOnceClosed(cluster, await topicsOfGreen(deps, deployment, cluster), pace);
  } catch (error) {
    if (error instanceof KafkaTrouble && mayPass(error)) return { kind: 'unknown', reason: error.message };
    throw error;
  }
}

/** A topic may be deleted while this looks: that is what its owner was asked for. */
function mayPass({ kind, retriable }: KafkaTrouble): boolean {
  return retriable || kind === 'unknown-topic';
}

/** What the topics hold from the moment on when every leader was seen refusing writes. */
export async function recordsHeldOnceClosed(
  cluster: Cluster,
  topics: readonly string[],
  pace: Pick<Pace, 'signal' | 'progress'>,
): Promise<RecordsHeld> {
  done(await setFence(cluster, topics, 1, await readOriginals(cluster, topics, [FENCE_KEY], pace), pace), 'green');
  const open = (await proveFence(cluster, topics, 1, pace)).find(({ kind }) => kind !== 'fenced');
  const seen = await recordsHeld(cluster, topics, pace);
  if (seen.kind !== 'empty' || open === undefined) return seen;
  return { kind: 'unknown', reason: `${open.topic}/${open.partition} was not seen refusing writes.` };
}

export function greenHoldsRecords({ stack, bootstrap }: ClusterEndpoint, topics: ReadonlyMap<string, bigint>): Refused {
  const [first = ''] = topics.keys();
  const counts = [...topics].map(([topic, offsets]) => `${topic} ${offsets}`);
  return new Refused(
    'GreenHoldsRecords',
    `Green (${stack}) is deleted only empty, but somebody wrote to it: ${listed(counts)} offsets, which are nowhere else. Stop who writes to its address, move the records to blue, and delete these topics on green (kafka-topics.sh --bootstrap-server ${bootstrap} --delete --topic ${first}); then resume. If nobody needs them, delete the topics at once.`,
  );
}

export function greenUnseen({ stack }: ClusterEndpoint, reason: string): Refused {
  return new Refused(
    'GreenUnseen',
    `Green (${stack}) is deleted only empty, and could not be seen for ${formatDuration(PATIENCE_MS)}: ${reason} Bring its brokers back, then resume; or, if nobody needs what it may hold, delete it (aws cloudformation delete-stack --stack-name ${stack}), then resume.`,
  );
}
