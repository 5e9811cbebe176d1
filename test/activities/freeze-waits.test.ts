import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FreezeWaits, freezeWaits } from '../../activities/freeze-waits.ts';

const waits: FreezeWaits = {
  colour: 'blue',
  bootstrap: 'kafka-orders-a.elb.example.com:9092',
  waiting: [{ topic: 'orders', why: 'partition 0 on broker 2: no answer in time' }],
  transactions: [],
  hanging: [],
  afterMs: 20 * 60_000,
};
const seen =
  'The topics of blue are fenced, but not all were frozen within 20m: orders (partition 0 on broker 2: no answer in time). See that every broker of blue runs, and bring back those that do not.';

describe('freezeWaits()', () => {
  test('says what it waited for, and every way out', () => {
    const { type, message } = freezeWaits(waits);
    assert.equal(type, 'FreezeWaits');
    assert.equal(message, `${seen} Then resume; or waive a topic whose records may die with blue, or roll back.`);
  });

  test('offers neither a waiver nor a rollback in a rollback', () => {
    const { message } = freezeWaits({ ...waits, colour: 'green' });
    assert.match(message, /every broker of green runs.* Then resume, and the rollback goes on; library producers hold/);
    assert.doesNotMatch(message, /waive|roll back/);
  });

  test('has the exact command only for what no coordinator knows: one that is prepared was promised to its writer', () => {
    const open = { transactionalId: 'payments-writer', producerId: '7', state: 'PrepareCommit', topics: ['orders'] };
    const hanging = { topic: 'orders', partition: 2, leader: 1, producerId: 9n, startOffset: 41n };
    const { message } = freezeWaits({ ...waits, transactions: [open], hanging: [hanging] });
    assert.match(message, /Transactions are open: payments-writer \(PrepareCommit\)\. Stop their producers;/);
    assert.deepEqual(message.match(/kafka-transactions\.sh[^;.]*\.[^;]*41/g), [
      'kafka-transactions.sh --bootstrap-server kafka-orders-a.elb.example.com:9092 abort --topic orders --partition 2 --start-offset 41',
    ]);
  });
});
