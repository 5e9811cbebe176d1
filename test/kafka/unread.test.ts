import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DisposedGroup, DisposedTopic, Dispositions } from '../../contract/dispositions.ts';
import type { GroupFacts } from '../../contract/inventory.ts';
import { unreadTopics } from '../../kafka/unread.ts';

const decision = { by: 'ada', reason: 'archived elsewhere' };
const topic = (change: Partial<DisposedTopic> = {}): DisposedTopic => ({
  topic: 'orders',
  disposition: 'drain',
  historyKept: false,
  decision: null,
  ...change,
});
const disposed = (change: Partial<DisposedGroup> = {}): DisposedGroup => ({
  group: 'billing',
  disposition: 'move',
  start: 'earliest',
  decision: null,
  switchAware: true,
  ...change,
});
const reader: GroupFacts = {
  group: 'billing',
  type: 'classic',
  state: 'Empty',
  protocolType: '',
  members: [],
  commits: [{ topic: 'orders', partition: 0, offset: '5' }],
};

const unread = (
  topics: DisposedTopic[],
  groups: DisposedGroup[],
  seen: GroupFacts[],
  proved: { topic: string }[] = [],
) => unreadTopics(['orders'], { topics, groups, preflightEnds: {} } satisfies Dispositions, seen, proved);

describe('unreadTopics()', () => {
  test('names a topic with records that nobody reads', () => assert.deepEqual(unread([topic()], [], []), ['orders']));

  test('takes a group that moves for a reader, also one that appeared late', () => {
    assert.deepEqual(unread([topic()], [disposed()], [reader]), []);
    assert.deepEqual(unread([topic()], [], [reader]), []);
  });

  test('takes an ephemeral group for nobody, and an abandoned one for the answer of whoever abandoned it', () => {
    assert.deepEqual(unread([topic()], [disposed({ disposition: 'ephemeral' })], [reader]), ['orders']);
    assert.deepEqual(unread([topic()], [disposed({ disposition: 'abandoned', decision })], [reader]), []);
  });

  test('takes who and why on the topic itself for an answer', () =>
    assert.deepEqual(unread([topic({ decision })], [], []), []));

  test('needs no commit any more where the ledger has proved rows', () => {
    assert.deepEqual(unread([topic()], [disposed()], [], [{ topic: 'orders' }]), []);
  });

  test('asks for nobody where there is nothing to read, or the records were waived', () => {
    assert.deepEqual(unreadTopics([], { topics: [topic()], groups: [], preflightEnds: {} }, []), []);
    assert.deepEqual(unread([topic({ disposition: 'waive', decision })], [], []), []);
  });
});
