/**
 * A topic is frozen by proof when every partition's leader was seen refusing writes, and the ends stood still under that same leader,
 * in the same epoch: one that was elected since may not know the fence yet. Pure.
 */
import type { FrozenTopic } from '../contract/frozen.ts';
import { isFrozen, type LogEnds, type SeenBy } from './frozen.ts';
import type { ProbedPartition } from './probe.ts';

export type ProvedFrozen =
  /** `unseen`: replicas that were not seen at the end, where leaders are enough. */
  | { readonly kind: 'frozen'; readonly topic: FrozenTopic; readonly unseen: readonly string[] }
  | { readonly kind: 'waiting'; readonly why: string };

/** What the probes of the fence and the two looks at the ends, taken one after the other in this order, say of the topic. */
export function provedFrozen(
  topic: string,
  probed: readonly ProbedPartition[],
  earlier: LogEnds,
  later: LogEnds,
  seenBy: SeenBy = 'every-replica',
): ProvedFrozen {
  const proofs = probed.filter(p => p.topic === topic);
  const open = proofs.find(p => p.kind !== 'fenced');
  if (open !== undefined) return waiting(whyOpen(open));
  const [before, after] = [earlier, later].map(ends => ends.topics.find(t => t.topic === topic));
  if (before === undefined || after === undefined) return waiting('it was not found');
  const judged = isFrozen(before, after, later.at, seenBy);
  if (judged.kind !== 'frozen') return waiting(`${judged.kind}: ${judged.where}`);
  const proofOf = new Map(proofs.map(p => [p.partition, p]));
  const unproved = judged.topic.partitions.find(({ partition, leader, leaderEpoch }) => {
    const proof = proofOf.get(partition);
    return proof === undefined || proof.leader !== leader || proof.leaderEpoch !== leaderEpoch;
  });
  if (unproved !== undefined)
    return waiting(
      `partition ${unproved.partition} got leader ${unproved.leader} (epoch ${unproved.leaderEpoch}) after the fence was proved`,
    );
  return judged;
}

/** Why a partition is not proved fenced. */
export function whyOpen(probe: ProbedPartition): string {
  const where =
    probe.partition === null ? 'its partitions' : `partition ${probe.partition} on broker ${probe.leader ?? '?'}`;
  return probe.kind === 'unknown' ? `${where}: ${probe.reason}` : `${where}: the leader still takes writes`;
}

function waiting(why: string): ProvedFrozen {
  return { kind: 'waiting', why };
}
