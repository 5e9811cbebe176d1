import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allHealthy, type Target } from '../../aws/targets.ts';

const healthy = (id: string): Target => ({ id, port: 9092, health: { kind: 'healthy' } });

test('An empty list and two healthy targets are not a healthy cluster', () => {
  for (const targets of [[], [healthy('i-1'), healthy('i-2')]]) {
    const verdict = allHealthy(targets);
    assert.ok(verdict.kind === 'not-healthy');
    assert.match(verdict.reason, /At least 3 targets/);
  }
});

test('Three healthy targets are; one sick among four is named', () => {
  const three = ['i-1', 'i-2', 'i-3'].map(healthy);
  assert.deepEqual(allHealthy(three), { kind: 'healthy', count: 3 });
  const sick: Target = { id: 'i-4', port: 9092, health: { kind: 'not-healthy', state: 'draining', reason: 'going' } };
  assert.deepEqual(allHealthy([...three, sick]), { kind: 'not-healthy', reason: 'i-4 is draining (going).' });
});
