import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireLoopback } from '../../local/loopback-only.ts';

test('a TEMPORAL_ADDRESS on this machine, or none, is taken', () => {
  for (const address of ['', 'localhost:7233', '127.9.0.5:7233', '[::1]:7233', '127.0.0.1']) {
    assert.doesNotThrow(() => requireLoopback({ TEMPORAL_ADDRESS: address }));
  }
  assert.doesNotThrow(() => requireLoopback({}));
});

test('a TEMPORAL_ADDRESS elsewhere is refused, also one that only looks like loopback', () => {
  for (const address of [
    'temporal.example.com:7233',
    '10.0.0.1:7233',
    '127.example.com:7233',
    'localhost.example.com',
  ]) {
    assert.throws(() => requireLoopback({ TEMPORAL_ADDRESS: address }), /unset TEMPORAL_ADDRESS/);
  }
});
