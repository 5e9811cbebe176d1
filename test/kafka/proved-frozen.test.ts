import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogEnds, PartitionEnds } from '../../kafka/frozen.ts';
import type { ProbedPartition } from '../../kafka/probe.ts';
import { provedFrozen } from '../../kafka/proved-frozen.ts';

const at = '2026-01-01T00:00:00.000Z';
/** Two partitions led by brokers 1 and 2 in epoch 3, whose replicas stand at 9. */
const partition = (index: number): PartitionEnds => ({
  partition: index,
  kind: 'seen',
  leader: index + 1,
  leaderEpoch: 3,
  start: '2',
  highWatermark: '9',
  lastStable: '9',
  replicas: [1, 2, 3].map(broker => ({ broker, kind: 'seen', end: '9' })),
});
const ends = (...partitions: PartitionEnds[]): LogEnds => ({
  clusterId: 'blue',
  at,
  topics: [{ topic: 'orders', partitions }],
});
const still = ends(partition(0), partition(1));
const probe = (index: number, kind: 'fenced' | 'open' = 'fenced', leaderEpoch = 3): ProbedPartition => ({
  kind,
  topic: 'orders',
  partition: index,
  leader: index + 1,
  leaderEpoch,
});

const judge = (probed: readonly ProbedPartition[], earlier = still, later = still) =>
  provedFrozen('orders', probed, earlier, later);

describe('provedFrozen()', () => {
  test('takes a topic for frozen when each of its leaders refused and everything stood still under them', () => {
    const judged = judge([probe(0), probe(1)]);
    assert.ok(judged.kind === 'frozen');
    assert.deepEqual(
      judged.topic.partitions.map(p => [p.partition, p.end]),
      [
        [0, '9'],
        [1, '9'],
      ],
    );
  });

  const silent: ProbedPartition = {
    kind: 'unknown',
    topic: 'orders',
    partition: 1,
    leader: 2,
    leaderEpoch: 3,
    reason: 'no answer in time',
  };
  const never: readonly (readonly [string, readonly ProbedPartition[], LogEnds, RegExp])[] = [
    [
      'one leader takes writes',
      [probe(0), probe(1, 'open')],
      still,
      /^partition 1 on broker 2: the leader still takes/,
    ],
    ['one leader did not answer the probe', [probe(0), silent], still, /^partition 1 on broker 2: no answer in time$/],
    [
      'one leader was not probed',
      [probe(0)],
      still,
      /^partition 1 got leader 2 \(epoch 3\) after the fence was proved$/,
    ],
    [
      'one leader was elected after it was probed',
      [probe(0), probe(1, 'fenced', 2)],
      still,
      /^partition 1 got leader 2/,
    ],
    ['the topic is gone', [probe(0), probe(1)], { ...still, topics: [] }, /^it was not found$/],
    ['the ends moved', [probe(0), probe(1)], ends(partition(0)), /^moving: orders changed its number of partitions$/],
  ];
  for (const [what, probed, later, why] of never)
    test(`waits, and says why, when ${what}`, () => {
      const judged = judge(probed, still, later);
      assert.match(judged.kind === 'waiting' ? judged.why : judged.kind, why);
    });
});
