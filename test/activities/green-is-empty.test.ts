import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greenHoldsRecords, greenUnseen } from '../../activities/green-is-empty.ts';
import { endpoint } from './endpoint.ts';

test('A green that holds records says which, and the command that ends it', () => {
  const { type, message } = greenHoldsRecords(
    endpoint('b'),
    new Map([
      ['orders', 12n],
      ['payments', 3n],
    ]),
  );
  assert.equal(type, 'GreenHoldsRecords');
  assert.match(
    message,
    /somebody wrote to it: orders 12, payments 3 offsets, which are nowhere else\. Stop who writes/,
  );
  assert.match(
    message,
    new RegExp(`kafka-topics\\.sh --bootstrap-server ${endpoint('b').bootstrap} --delete --topic orders\\)`),
  );
});

test('A green that cannot be seen is not taken for empty: its owners say that it may go', () => {
  const { type, message } = greenUnseen(endpoint('b'), 'Broker 1 does not answer.');
  assert.equal(type, 'GreenUnseen');
  assert.match(
    message,
    /could not be seen for 2m: Broker 1 does not answer\. Bring its brokers back, then resume; or, .* delete-stack /,
  );
});
