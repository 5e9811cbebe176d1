/**
 * A topic is frozen when, seen twice under a proved fence, every replica of every partition stands at one offset that is log end,
 * high watermark and last stable offset alike. Then no acknowledged record can be hidden, no transaction can end differently, and
 * no election can bring another end.
 */
import type { FrozenTopic } from '../contract/frozen.ts';

/** One partition's ends, asked from every replica; offsets are decimal strings. */
export type PartitionEnds = { readonly partition: number } & (
  | {
      readonly kind: 'seen';
      readonly leader: number;
      readonly leaderEpoch: number;
      readonly start: string;
      readonly highWatermark: string;
      readonly lastStable: string;
      /** The leader's is among them. */
      readonly replicas: readonly ReplicaEnd[];
    }
  | { readonly kind: 'unknown'; readonly reason: string }
);

export type ReplicaEnd = { readonly broker: number } & (
  | { readonly kind: 'seen'; readonly end: string }
  | { readonly kind: 'unknown'; readonly reason: string }
);

export interface TopicEnds {
  readonly topic: string;
  /** Empty when the topic does not exist. */
  readonly partitions: readonly PartitionEnds[];
}

export interface LogEnds {
  readonly clusterId: string;
  /** ISO 8601, when the first broker was asked. */
  readonly at: string;
  readonly topics: readonly TopicEnds[];
}

/**
 * Who has to be seen at the end. What blue's deletion rests on needs `every-replica`. Where nothing is ever deleted on the proof,
 * `leaders` are enough: the end is the leader's, and a replica that is away cannot hold up everybody.
 */
export type SeenBy = 'every-replica' | 'leaders';

export type TopicFreeze =
  /** `unseen`: replicas that did not answer, or stand elsewhere than their leader; empty where every replica had to be seen. */
  | { readonly kind: 'frozen'; readonly topic: FrozenTopic; readonly unseen: readonly string[] }
  | { readonly kind: 'open-transaction'; readonly where: string }
  /** Followers behind the leader, or a high watermark behind its log end: acknowledged records may sit there. */
  | { readonly kind: 'replicas-differ'; readonly where: string }
  | { readonly kind: 'moving'; readonly where: string }
  | { readonly kind: 'unknown'; readonly where: string };

/** Whether the topic stood still at one end from the earlier look to the later one. */
export function isFrozen(
  earlier: TopicEnds,
  later: TopicEnds,
  frozenAt: string,
  seenBy: SeenBy = 'every-replica',
): TopicFreeze {
  const { topic } = later;
  if (later.partitions.length === 0) return { kind: 'unknown', where: `${topic} was not found` };
  if (earlier.partitions.length !== later.partitions.length)
    return { kind: 'moving', where: `${topic} changed its number of partitions` };
  const before = new Map(earlier.partitions.map(p => [p.partition, p]));
  const frozen: FrozenTopic['partitions'][number][] = [];
  const unseenReplicas: string[] = [];
  for (const now of later.partitions.toSorted((a, b) => a.partition - b.partition)) {
    const then = before.get(now.partition);
    const where = `${topic}/${now.partition}`;
    if (now.kind === 'unknown') return { kind: 'unknown', where: `${where}: ${now.reason}` };
    if (then?.kind !== 'seen') return { kind: 'unknown', where: `${where}: ${then?.reason ?? 'not seen before'}` };
    const leaderEnd = endOn(now.leader, now.replicas);
    if (leaderEnd === null) {
      const leader = now.replicas.find(r => r.broker === now.leader);
      return {
        kind: 'unknown',
        where: `${where}: its leader, broker ${now.leader}, ${leader?.kind === 'unknown' ? `did not tell: ${leader.reason}` : 'was not asked'}`,
      };
    }
    const apart = replicasApart(where, now.replicas, leaderEnd);
    if (seenBy === 'leaders') unseenReplicas.push(...apart.map(a => a.where));
    else if (apart[0] !== undefined) return apart[0];
    else if (now.highWatermark !== leaderEnd)
      return { kind: 'replicas-differ', where: `${where}: high watermark ${now.highWatermark}, log end ${leaderEnd}` };
    // What a replica that is away keeps below the high watermark is no transaction.
    const stable = seenBy === 'leaders' ? now.highWatermark : leaderEnd;
    if (now.lastStable !== stable)
      return {
        kind: 'open-transaction',
        where: `${where}: last stable offset ${now.lastStable}, ${seenBy === 'leaders' ? 'high watermark' : 'log end'} ${stable}`,
      };
    const earlierEnd = endOn(then.leader, then.replicas);
    if (earlierEnd !== leaderEnd)
      return { kind: 'moving', where: `${where}: from ${earlierEnd ?? 'an unknown end'} to ${leaderEnd}` };
    if (then.leaderEpoch !== now.leaderEpoch || then.leader !== now.leader)
      return {
        kind: 'moving',
        where: `${where}: leader ${then.leader} became ${now.leader} (epoch ${now.leaderEpoch})`,
      };
    const { partition, leader, leaderEpoch, start } = now;
    frozen.push({ partition, leader, leaderEpoch, start, end: leaderEnd });
  }
  return { kind: 'frozen', topic: { topic, frozenAt, partitions: frozen }, unseen: unseenReplicas };
}

/** Replicas that did not answer, then those that end elsewhere than their leader. */
function replicasApart(
  where: string,
  replicas: readonly ReplicaEnd[],
  leaderEnd: string,
): { readonly kind: 'unknown' | 'replicas-differ'; readonly where: string }[] {
  const unseen = replicas.flatMap(r =>
    r.kind === 'unknown' ? [{ kind: r.kind, where: `${where} on broker ${r.broker}: ${r.reason}` }] : [],
  );
  const behind = replicas.flatMap(r =>
    r.kind === 'seen' && r.end !== leaderEnd
      ? [
          {
            kind: 'replicas-differ' as const,
            where: `${where}: broker ${r.broker} ends at ${r.end}, the leader at ${leaderEnd}`,
          },
        ]
      : [],
  );
  return [...unseen, ...behind];
}

export type StillFrozen =
  | { readonly kind: 'still' }
  /** The ends are the same under another leader: the fence wants to be proved on it. */
  | { readonly kind: 'new-leader'; readonly partitions: readonly number[] }
  | { readonly kind: 'moved'; readonly where: string }
  /** `led`: the leader of every partition was seen at the frozen end; only other replicas did not answer. */
  | { readonly kind: 'unknown'; readonly where: string; readonly led: boolean };

/** Whether every replica of a frozen topic still stands at the frozen end. */
export function stillFrozen(frozen: FrozenTopic, now: TopicEnds): StillFrozen {
  const { topic } = frozen;
  if (now.partitions.length > frozen.partitions.length) return { kind: 'moved', where: `${topic} got more partitions` };
  const seen = new Map(now.partitions.map(p => [p.partition, p]));
  const newLeaders: number[] = [];
  let unknown: string | null = null;
  let led = true;
  for (const { partition, leader, leaderEpoch, end } of frozen.partitions) {
    const where = `${topic}/${partition}`;
    const ends = seen.get(partition);
    if (ends?.kind !== 'seen') {
      unknown ??= `${where}: ${ends?.reason ?? 'not found'}`;
      led = false;
      continue;
    }
    const leaderEnd = endOn(ends.leader, ends.replicas);
    const replicaEnds = ends.replicas.flatMap(r => (r.kind === 'seen' ? [r.end] : []));
    const offsets = [...replicaEnds, ends.highWatermark, ends.lastStable];
    // A leader that ends lower lost what was frozen; a follower, or a watermark, that stands lower is catching up.
    const moved = leaderEnd !== null && leaderEnd !== end ? leaderEnd : offsets.find(o => BigInt(o) > BigInt(end));
    if (moved !== undefined) return { kind: 'moved', where: `${where}: frozen at ${end}, now seen at ${moved}` };
    const behind = offsets.find(offset => offset !== end);
    if (behind !== undefined) unknown ??= `${where}: frozen at ${end}, but something of it stands at ${behind} still`;
    if (ends.highWatermark !== end || ends.lastStable !== end) led = false;
    const unseen = ends.replicas.find(r => r.kind === 'unknown');
    if (unseen?.kind === 'unknown') unknown ??= `${where} on broker ${unseen.broker}: ${unseen.reason}`;
    if (leaderEnd === null) {
      unknown ??= `${where}: its leader was not asked`;
      led = false;
    }
    if (ends.leader !== leader || ends.leaderEpoch !== leaderEpoch) newLeaders.push(partition);
  }
  if (unknown !== null) return { kind: 'unknown', where: unknown, led };
  return newLeaders.length === 0 ? { kind: 'still' } : { kind: 'new-leader', partitions: newLeaders };
}

function endOn(broker: number, replicas: readonly ReplicaEnd[]): string | null {
  const replica = replicas.find(r => r.broker === broker);
  return replica?.kind === 'seen' ? replica.end : null;
}
