import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ticket } from 'kafka-bluegreen-switching/ticket';
import { type SeenTicket, settledBy } from '../../kafka/tickets.ts';

const held: Ticket = { deployment: '0123456789ab', state: 'held' };
const released: Ticket = { ...held, state: 'released' };
const seen = (ticket: Ticket): SeenTicket => ({ kind: 'ticket', ticket });

describe('settledBy()', () => {
  test('lets a ticket be written where there is none, or one that nobody can read', () => {
    assert.equal(settledBy({ kind: 'none' }, held), null);
    assert.equal(settledBy({ kind: 'malformed', reason: 'its version is not 1' }, released), null);
  });

  test('lets a group that was held be released', () => assert.equal(settledBy(seen(held), released), null));

  test('takes what is there already for written', () => {
    for (const ticket of [held, released]) assert.deepEqual(settledBy(seen(ticket), ticket), { kind: 'written' });
  });

  test('never holds a group again that was released: it may have left blue', () =>
    assert.deepEqual(settledBy(seen(released), held), { kind: 'already-released' }));

  test("leaves another deployment's ticket alone, whatever it says", () => {
    for (const ticket of [held, released])
      assert.deepEqual(settledBy(seen({ ...ticket, deployment: 'ffffffffffff' }), ticket), {
        kind: 'foreign',
        deployment: 'ffffffffffff',
      });
  });
});
