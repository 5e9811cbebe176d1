/**
 * Blue stays as it was frozen: closed by its settings and at its leaders, every replica at its frozen end. Whoever opens it is held
 * before the first record that is let through, or is named with what was written.
 */
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import { listed } from '../contract/listed.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { openedFences, proveFence } from '../kafka/fence.ts';
import { stillFrozen } from '../kafka/frozen.ts';
import { readLogEnds } from '../kafka/log-ends.ts';
import { type Pace, Refused } from './step.ts';

/** What a person is told to do, in whole sentences. */
export interface Remedy {
  /** Something was written under the fence. */
  readonly moved: string;
  /** A leader takes writes. */
  readonly open: string;
}

/**
 * While groups drain, blue is frozen again and read again. A group that was released follows its ticket to green: of what is written
 * on blue since, only a consumer that knows no ticket reads anything.
 */
export function frozenAgain({ blue }: Deployment, released: readonly string[]): Remedy {
  const again =
    released.length === 0
      ? 'See who did it, and that they write to green; then resume, and the topics are fenced, frozen and read again; or roll back.'
      : `See who did it, and that they write to green; then resume, and the topics are fenced and frozen again. Groups that were released (${listed(released, 5)}) follow their tickets to green: where something was written, start a plain consumer of each at blue's own address, ${blue.bootstrap}, until it is released once more; or waive it.`;
  return { moved: again, open: again };
}

/**
 * Whoever takes the fence off blue is held before the first record that it lets through. Topics whose records die with blue are
 * looked at like all others: unfenced, they would hold the deletion, when nobody can freeze them any more.
 */
export async function refuseOpenedFences(blue: Cluster, frozen: FrozenEnds, remedy: Remedy, pace: Pace): Promise<void> {
  const opened = await openedFences(
    blue,
    frozen.topics.map(t => t.topic),
    pace,
  );
  if (opened.length === 0) return;
  const named = opened.map(({ topic, seen }) => `${topic} has ${seen} instead of 1`);
  throw new Refused(
    'FenceOpen',
    `Somebody changed max.message.bytes, which fences blue: ${listed(named, 5)}. ${remedy.open}`,
  );
}

/**
 * Blue's ends are the frozen ones; under a leader that is new, and beside replicas that do not answer, the fence is proved again.
 * Answers what could not be seen: of a replica it harms nobody while the leader stands at the frozen end and refuses, of a leader
 * nothing may be concluded.
 */
export async function proveStillFrozen(blue: Cluster, frozen: FrozenEnds, remedy: Remedy, pace: Pace): Promise<Unseen> {
  const now = await readLogEnds(
    blue,
    frozen.topics.map(t => t.topic),
  );
  const byTopic = new Map(now.topics.map(t => [t.topic, t]));
  const proveAgain: string[] = [];
  const unseen: { leaders: string[]; replicas: string[] } = { leaders: [], replicas: [] };
  for (const topic of frozen.topics) {
    const ends = byTopic.get(topic.topic) ?? { topic: topic.topic, partitions: [] };
    const seen = stillFrozen(topic, ends);
    if (seen.kind === 'moved')
      throw new Refused('FrozenEndMoved', `Blue was changed under the fence: ${seen.where}. ${remedy.moved}`);
    if (seen.kind === 'unknown') unseen[seen.led ? 'replicas' : 'leaders'].push(seen.where);
    if (seen.kind !== 'still') proveAgain.push(topic.topic);
  }
  if (proveAgain.length === 0) return unseen;
  const probed = await proveFence(blue, proveAgain, 1, pace);
  const open = probed.find(p => p.kind === 'open');
  if (open !== undefined)
    throw new Refused(
      'FenceOpen',
      `Partition ${open.topic}-${open.partition} of blue takes writes at its leader, broker ${open.leader}. ${remedy.open}`,
    );
  for (const p of probed)
    if (p.kind === 'unknown') unseen.leaders.push(`${p.topic}/${p.partition ?? '?'}: ${p.reason}`);
  return unseen;
}

/** Partitions whose leaders could not be seen at their frozen ends, and those of whom another replica could not. */
export interface Unseen {
  readonly leaders: readonly string[];
  readonly replicas: readonly string[];
}
