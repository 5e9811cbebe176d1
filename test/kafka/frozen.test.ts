import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isFrozen, type PartitionEnds, type ReplicaEnd, stillFrozen, type TopicEnds } from '../../kafka/frozen.ts';

const AT = '2026-01-01T00:00:00.000Z';
type Seen = Extract<PartitionEnds, { kind: 'seen' }>;
const seen = (o: Partial<Seen> = {}, ends: readonly (string | null)[] = ['9', '9', '9']): Seen => ({
  kind: 'seen',
  partition: 0,
  leader: 1,
  leaderEpoch: 3,
  start: '2',
  highWatermark: '9',
  lastStable: '9',
  replicas: ends.map(
    (end, i): ReplicaEnd =>
      end === null ? { broker: i + 1, kind: 'unknown', reason: 'down' } : { broker: i + 1, kind: 'seen', end },
  ),
  ...o,
});
const topic = (...partitions: PartitionEnds[]): TopicEnds => ({ topic: 'orders', partitions });

test('A topic is frozen when everything stood at one offset twice, and the record keeps leader and epoch', () => {
  assert.deepEqual(isFrozen(topic(seen()), topic(seen()), AT), {
    kind: 'frozen',
    topic: {
      topic: 'orders',
      frozenAt: AT,
      partitions: [{ partition: 0, leader: 1, leaderEpoch: 3, start: '2', end: '9' }],
    },
    unseen: [],
  });
});

test('Where leaders are enough, a replica that is away or behind is named and holds up nothing', () => {
  const away = seen({ highWatermark: '8', lastStable: '8' }, ['9', null, '7']);
  const judged = isFrozen(topic(away), topic(away), AT, 'leaders');
  assert.ok(judged.kind === 'frozen', JSON.stringify(judged));
  assert.equal(judged.topic.partitions[0]?.end, '9', "the leader's own end, which no watermark stands for");
  assert.deepEqual(judged.unseen, ['orders/0 on broker 2: down', 'orders/0: broker 3 ends at 7, the leader at 9']);
});

test('Where leaders are enough, each leader must still have been seen, twice at one end, with no open transaction', () => {
  const cases: [string, TopicEnds, TopicEnds][] = [
    ['unknown', topic(seen()), topic(seen({}, [null, '9', '9']))],
    ['unknown', topic(seen()), topic({ kind: 'unknown', partition: 0, reason: 'no leader' })],
    ['open-transaction', topic(seen()), topic(seen({ lastStable: '4' }))],
    ['moving', topic(seen({ highWatermark: '8', lastStable: '8' }, ['8', '8', '8'])), topic(seen())],
    ['moving', topic(seen()), topic(seen({ leaderEpoch: 4 }))],
  ];
  for (const [kind, earlier, later] of cases)
    assert.equal(isFrozen(earlier, later, AT, 'leaders').kind, kind, JSON.stringify(later));
});

test('Each way not to be frozen has its name', () => {
  const cases: [string, TopicEnds, TopicEnds][] = [
    ['replicas-differ', topic(seen()), topic(seen({}, ['9', '8', '9']))],
    ['replicas-differ', topic(seen()), topic(seen({ highWatermark: '8', lastStable: '8' }))],
    ['open-transaction', topic(seen()), topic(seen({ lastStable: '4' }))],
    ['moving', topic(seen({ highWatermark: '8', lastStable: '8' }, ['8', '8', '8'])), topic(seen())],
    ['moving', topic(seen()), topic(seen({ leaderEpoch: 4 }))],
    ['moving', topic(seen()), topic(seen(), seen({ partition: 1 }))],
    ['unknown', topic(seen()), topic(seen({}, ['9', null, '9']))],
    ['unknown', topic(seen()), topic({ kind: 'unknown', partition: 0, reason: 'no leader' })],
    ['unknown', topic({ kind: 'unknown', partition: 0, reason: 'no leader' }), topic(seen())],
    ['unknown', topic(), topic()],
  ];
  for (const [kind, earlier, later] of cases)
    assert.equal(isFrozen(earlier, later, AT).kind, kind, JSON.stringify(later));
});

const offset = fc.constantFrom('9', '9', '9', '9', '8', '10');
const anyEnds = fc
  .tuple(
    fc.array(fc.option(offset, { freq: 12 }), { minLength: 3, maxLength: 3 }),
    offset,
    offset,
    fc.constantFrom(1, 1, 1, 2),
    fc.constantFrom(3, 3, 3, 4),
  )
  .map(([ends, highWatermark, lastStable, leader, leaderEpoch]) =>
    seen({ highWatermark, lastStable, leader, leaderEpoch }, ends),
  );

test('Nothing is called frozen, or still frozen, while any replica, watermark or stable offset differs or is unknown', () => {
  const frozen = isFrozen(topic(seen()), topic(seen()), AT);
  assert.ok(frozen.kind === 'frozen');
  fc.assert(
    fc.property(anyEnds, anyEnds, (earlier, later) => {
      const same = (p: Seen, end: string) =>
        p.replicas.every(r => r.kind === 'seen' && r.end === end) && p.highWatermark === end && p.lastStable === end;
      const end = later.highWatermark;
      const earlierEnd = earlier.replicas.find(r => r.broker === earlier.leader);
      const expected =
        same(later, end) &&
        earlierEnd?.kind === 'seen' &&
        earlierEnd.end === end &&
        earlier.leader === later.leader &&
        earlier.leaderEpoch === later.leaderEpoch;
      assert.equal(isFrozen(topic(earlier), topic(later), AT).kind === 'frozen', expected);
      const still = stillFrozen(frozen.topic, topic(later)).kind;
      assert.equal(still === 'still' || still === 'new-leader', same(later, '9'));
      assert.equal(still === 'still', same(later, '9') && later.leader === 1 && later.leaderEpoch === 3);
    }),
    { numRuns: 5_000 },
  );
});

test('One moved partition is not hidden by an unknown one', () => {
  const frozen = {
    topic: 'orders',
    frozenAt: AT,
    partitions: [0, 1].map(partition => ({ partition, leader: 1, leaderEpoch: 3, start: '0', end: '9' })),
  };
  const now = topic({ kind: 'unknown', partition: 0, reason: 'down' }, seen({ partition: 1 }, ['10', '9', '9']));
  assert.equal(stillFrozen(frozen, now).kind, 'moved');
});

test('A follower that comes back behind the frozen end is catching up; a leader that ends there has lost records', () => {
  const frozen = isFrozen(topic(seen()), topic(seen()), AT);
  assert.ok(frozen.kind === 'frozen');
  const cases: [string, PartitionEnds][] = [
    ['unknown, led', seen({}, ['9', '7', '9'])],
    ['unknown, led', seen({}, ['9', null, '9'])],
    ['unknown', seen({ highWatermark: '7', lastStable: '7' })],
    ['unknown', seen({ lastStable: '7' })],
    ['unknown', seen({}, [null, '9', '9'])],
    ['unknown', { kind: 'unknown', partition: 0, reason: 'no leader' }],
    ['moved', seen({ highWatermark: '7', lastStable: '7' }, ['7', '9', '9'])],
    ['moved', seen({}, ['9', '10', '9'])],
  ];
  for (const [expected, now] of cases) {
    const still = stillFrozen(frozen.topic, topic(now));
    assert.equal(still.kind === 'unknown' && still.led ? 'unknown, led' : still.kind, expected, JSON.stringify(now));
  }
});
