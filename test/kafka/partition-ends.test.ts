import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OffsetAnswer } from '../../kafka/list-offsets.ts';
import { partitionEnds } from '../../kafka/partition-ends.ts';

const at = (offset: string): OffsetAnswer => ({ kind: 'offset', offset });
const silent: OffsetAnswer = { kind: 'unknown', reason: 'no answer' };
const metadata = { partition: 0, leader: 1, leaderEpoch: 3, replicas: [1, 2], isr: [1], offlineReplicas: [] };
const answers = { highWatermark: at('0'), lastStable: at('0'), start: at('0') };

test('Records that only the leader has lie below its log end, though above the high watermark', () => {
  const ends = partitionEnds(metadata, answers, [
    { broker: 1, answer: at('50') },
    { broker: 2, answer: silent },
  ]);
  assert.deepEqual(ends, {
    partition: 0,
    kind: 'seen',
    leader: 1,
    leaderEpoch: 3,
    start: '0',
    highWatermark: '0',
    lastStable: '0',
    replicas: [
      { broker: 1, kind: 'seen', end: '50' },
      { broker: 2, kind: 'unknown', reason: 'no answer' },
    ],
  });
});

test('A partition without a leader, or whose leader did not tell all, is unknown', () => {
  assert.equal(partitionEnds({ ...metadata, leader: null }, answers, []).kind, 'unknown');
  for (const key of ['highWatermark', 'lastStable', 'start'] as const)
    assert.deepEqual(partitionEnds(metadata, { ...answers, [key]: silent }, []), { partition: 0, ...silent }, key);
});
