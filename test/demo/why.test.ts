import assert from 'node:assert/strict';
import { test } from 'node:test';
import { why } from '../../demo/why.ts';

test('says an error and its causes once each, outermost first', () => {
  const root = new Error('connection refused');
  const middle = new Error('no answer: connection refused', { cause: root });
  assert.equal(why(new Error('The run failed', { cause: middle })), 'The run failed: no answer: connection refused');
  assert.equal(why('plain'), 'plain');
});
