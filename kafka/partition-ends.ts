/**
 * What brokers answered about one partition: each replica's own log end, and the leader's watermarks and log start. A high watermark
 * never stands for a log end, and what the leader did not tell leaves the partition unknown. Pure.
 */
import type { PartitionMetadata } from './cluster.ts';
import type { PartitionEnds, ReplicaEnd } from './frozen.ts';
import type { OffsetAnswer } from './list-offsets.ts';

export function partitionEnds(
  { partition, leader, leaderEpoch }: PartitionMetadata,
  answers: Readonly<Record<'highWatermark' | 'lastStable' | 'start', OffsetAnswer>>,
  replicas: readonly { readonly broker: number; readonly answer: OffsetAnswer }[],
): PartitionEnds {
  if (leader === null) return { partition, kind: 'unknown', reason: 'it has no leader' };
  const { highWatermark, lastStable, start } = answers;
  if (highWatermark.kind === 'unknown') return { partition, ...highWatermark };
  if (lastStable.kind === 'unknown') return { partition, ...lastStable };
  if (start.kind === 'unknown') return { partition, ...start };
  return {
    partition,
    kind: 'seen',
    leader,
    leaderEpoch,
    start: start.offset,
    highWatermark: highWatermark.offset,
    lastStable: lastStable.offset,
    replicas: replicas.map(
      ({ broker, answer }): ReplicaEnd =>
        answer.kind === 'offset' ? { broker, kind: 'seen', end: answer.offset } : { broker, ...answer },
    ),
  };
}
