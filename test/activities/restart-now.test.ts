import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overdue, RestartNow } from '../../activities/restart-now.ts';
import type { Observation } from '../../contract/observation.ts';
import type { GroupSight } from '../../kafka/sight.ts';

const now = Date.parse('2026-01-01T00:01:00Z');
const early = '2026-01-01T00:00:00Z';

function group(name: string, members: number): GroupSight {
  const member = { memberId: 'm', clientId: 'c', host: 'h', subscriptions: [], assignment: [] };
  return {
    kind: 'seen',
    group: name,
    type: 'classic',
    protocolType: 'consumer',
    state: members > 0 ? 'Stable' : 'Empty',
    members: Array.from({ length: members }, () => member),
    commits: [],
    unstable: [],
  };
}

describe('overdue()', () => {
  test('names who was released a while ago and still has members on blue', () => {
    const groups = [group('billing', 2), group('reports', 0), group('audit', 1), group('archive', 1)];
    const releases = [
      { group: 'billing', at: early },
      { group: 'reports', at: early },
      { group: 'audit', at: '2026-01-01T00:00:50Z' },
      { group: 'gone', at: early },
    ];
    assert.deepEqual(overdue(releases, { groups }, now), ['billing']);
  });
});

describe('RestartNow', () => {
  function telling() {
    const told: Observation[] = [];
    return { told, restartNow: new RestartNow({ tell: async observation => void told.push(observation) }) };
  }

  test('tells names when one of them is new, and takes them back when nobody is left', async () => {
    const { told, restartNow } = telling();
    for (const groups of [['a'], ['a'], ['a', 'b'], ['b'], [], []]) await restartNow.name(groups);
    assert.deepEqual(told, [
      { kind: 'restart-now', groups: ['a'] },
      { kind: 'restart-now', groups: ['a', 'b'] },
      { kind: 'clear', what: 'restart-now' },
    ]);
  });

  test('tells who is back after it had gone', async () => {
    const { told, restartNow } = telling();
    for (const groups of [['a'], [], ['a']]) await restartNow.name(groups);
    assert.equal(told.length, 3);
  });

  test('takes back once what a step before it may have told', async () => {
    const { told, restartNow } = telling();
    for (const groups of [[], [], ['a']]) await restartNow.name(groups);
    assert.deepEqual(told, [
      { kind: 'clear', what: 'restart-now' },
      { kind: 'restart-now', groups: ['a'] },
    ]);
  });

  test('names ten at most', async () => {
    const { told, restartNow } = telling();
    await restartNow.name(Array.from({ length: 30 }, (_, i) => `g${i}`));
    const [first] = told;
    assert.ok(first?.kind === 'restart-now' && first.groups.length === 10);
  });
});
