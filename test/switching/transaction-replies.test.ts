import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyOf } from '../../switching/src/transaction-replies.ts';

test('a coordinator that may have done what it was asked is never taken for one that has not', () => {
  const kinds = (codes: readonly number[]) => [...new Set(codes.map(code => replyOf(code).kind))];
  assert.deepEqual(kinds([0]), ['done']);
  // Timed out, not available, moved, too few replicas, deposed, its disk: all may come after the request was written down.
  assert.deepEqual(kinds([-1, 7, 13, 15, 16, 19, 20, 52, 56]), ['unanswered']);
  // Loading, and busy with the last transaction, are told before anything is done.
  assert.deepEqual(kinds([14, 51]), ['later']);
  assert.deepEqual(kinds([48]), ['wrong-state']);
  assert.deepEqual(kinds([47, 49, 90]), ['fenced']);
});

test("what a coordinator refuses for good is Kafka's error", () => {
  const reply = replyOf(53);
  assert.ok(reply.kind === 'refused' && 'type' in reply.error);
  assert.equal(reply.error.type, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
});
