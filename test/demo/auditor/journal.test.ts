import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { audit } from '../../../demo/auditor/audit.ts';
import { Journal } from '../../../demo/auditor/journal.ts';
import { untilHandled } from '../../../demo/until-handled.ts';

const GROUPS = [{ group: 'billing', topics: ['orders'] }];
const identity = (sequence: number) => ({ key: 'k', producer: 'p', sequence });

describe('the journal', () => {
  test('joins what producers, logs and handlers told of the same record, however many there are', () => {
    const journal = new Journal(GROUPS);
    const count = 5_000;
    for (let sequence = 0; sequence < count; sequence += 1) {
      const colour = sequence < count / 2 ? 'blue' : 'green';
      journal.produce(1);
      journal.hold(colour, 'orders', 3, identity(sequence));
      const stream = journal.intern({ topic: 'orders', key: 'k', producer: 'p' });
      journal.acknowledge(stream, sequence, 1_000 + sequence);
      journal.handle('billing', stream, sequence);
    }
    const result = audit(journal.toInput());
    assert.deepEqual([result.lost, result.doubled, result.reordered], [0, 0, 0]);
    assert.deepEqual([result.produced, result.acknowledgedOn], [count, { blue: 2_500, green: 2_500 }]);
    assert.deepEqual(result.stalls, [{ topic: 'orders', partition: 3, stallMs: 1 }]);
  });

  test('knows what a cluster holds, and waits for no group to read what a rollback left there', () => {
    const journal = new Journal(GROUPS);
    journal.hold('green', 'orders', 0, identity(0));
    journal.hold('green', 'orders', 1, identity(1));
    assert.deepEqual(journal.heldBy('green'), { orders: 2 });
    assert.equal(journal.unhandled('billing'), 2);
    journal.strand('green');
    assert.equal(journal.unhandled('billing'), 0);
    assert.deepEqual(audit(journal.toInput()).stranded, { orders: 2 });
  });

  test('takes no record that a group read on a cluster that was left for one that it has still to read', () => {
    const journal = new Journal(GROUPS);
    journal.hold('blue', 'orders', 0, identity(0));
    const stream = journal.intern({ topic: 'orders', key: 'k', producer: 'p' });
    journal.handle('billing', stream, 0);
    journal.strand('blue');
    journal.hold('green', 'orders', 0, identity(1));
    assert.equal(journal.unhandled('billing'), 1);
    journal.handle('billing', stream, 1);
    assert.equal(journal.unhandled('billing'), 0);
  });

  test('waits for no record that was handled before its log was read', () => {
    const journal = new Journal(GROUPS);
    const stream = journal.intern({ topic: 'orders', key: 'k', producer: 'p' });
    journal.handle('billing', stream, 0);
    journal.hold('blue', 'orders', 0, identity(0));
    assert.equal(journal.unhandled('billing'), 0);
  });

  test('counts a record without an identity as foreign, not as traffic', () => {
    const journal = new Journal(GROUPS);
    journal.hold('blue', 'orders', 0, null);
    assert.equal(journal.foreign, 1);
    assert.equal(audit(journal.toInput()).read, 0);
  });

  test('tells when a group has handled everything that the logs hold', async () => {
    const journal = new Journal(GROUPS);
    journal.hold('blue', 'orders', 0, identity(0));
    journal.hold('green', 'clicks', 0, identity(0));
    assert.equal(journal.unhandled('billing'), 1);
    const handled = untilHandled(journal, GROUPS, 60_000);
    journal.handle('billing', journal.intern({ topic: 'orders', key: 'k', producer: 'p' }), 0);
    await handled;
    assert.equal(journal.unhandled('billing'), 0);
  });

  test('takes no record that was handled twice for another one', () => {
    const journal = new Journal(GROUPS);
    journal.hold('blue', 'orders', 0, identity(0));
    journal.hold('blue', 'orders', 0, identity(1));
    const stream = journal.intern({ topic: 'orders', key: 'k', producer: 'p' });
    journal.handle('billing', stream, 0);
    journal.handle('billing', stream, 0);
    assert.equal(journal.unhandled('billing'), 1);
  });

  test('lets the wait end at its deadline, for the audit to count what is missing', async () => {
    const journal = new Journal(GROUPS);
    journal.hold('blue', 'orders', 0, identity(0));
    await untilHandled(journal, GROUPS, 1);
    assert.equal(audit(journal.toInput()).groups[0]?.lost, 1);
  });
});
