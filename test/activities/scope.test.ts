import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withLate, withWaivers } from '../../activities/scope.ts';
import type { Dispositions } from '../../contract/dispositions.ts';

const dispositions: Dispositions = {
  topics: [
    { topic: 'orders', disposition: 'drain', historyKept: false, decision: null },
    { topic: 'metrics', disposition: 'ambient', historyKept: false, decision: null },
  ],
  groups: [{ group: 'billing', disposition: 'move', start: 'earliest', decision: null, switchAware: true }],
  preflightEnds: {},
};

describe('withWaivers()', () => {
  test('lets a waived topic and a waived group no longer gate, and keeps who and why', () => {
    const waived = withWaivers(dispositions, [
      { kind: 'topic', name: 'orders', by: 'ada', reason: 'copied' },
      { kind: 'group', name: 'billing', by: 'ada', reason: 'retired' },
    ]);
    assert.deepEqual(waived.topics[0], {
      topic: 'orders',
      disposition: 'waive',
      historyKept: false,
      decision: { by: 'ada', reason: 'copied' },
    });
    assert.equal(waived.groups[0]?.disposition, 'abandoned');
  });

  test('takes a waiver for a group that appeared after preflight', () => {
    const waived = withWaivers(dispositions, [{ kind: 'group', name: 'late', by: 'ada', reason: 'a test' }]);
    assert.equal(waived.groups.find(g => g.group === 'late')?.disposition, 'abandoned');
  });

  test('changes nothing else', () => {
    assert.deepEqual(
      withWaivers(dispositions, [{ kind: 'straggler', name: 'orders', by: 'ada', reason: 'r' }]),
      dispositions,
    );
    assert.equal(
      withWaivers(dispositions, [{ kind: 'topic', name: 'metrics', by: 'ada', reason: 'r' }]).topics[1]?.disposition,
      'ambient',
    );
  });
});

describe('withLate()', () => {
  const request = {
    topics: [
      { match: 'audit-*', disposition: 'drain' as const },
      { match: '*-metrics', disposition: 'ambient' as const },
    ],
    groups: [{ match: 'console-*', disposition: 'ephemeral' as const }],
    waive: [{ kind: 'connector' as const, name: 'connect-*', by: 'ada', reason: 'moved by hand' }],
  };

  test("disposes a group that appeared after preflight by the request's rule", () => {
    const groups = withLate(dispositions, { groups: [{ group: 'console-17' }, { group: 'late' }] }, request).groups;
    assert.deepEqual(
      groups.map(g => `${g.group} ${g.disposition}`),
      ['billing move', 'console-17 ephemeral'],
    );
  });

  test('never changes what preflight decided', () => {
    const changed = withLate(
      dispositions,
      { groups: [{ group: 'billing' }], topics: ['orders'] },
      {
        topics: [{ match: '*', disposition: 'ambient' }],
        groups: [{ match: '*', disposition: 'ephemeral' }],
        waive: [],
      },
    );
    assert.equal(changed.groups[0]?.disposition, 'move');
    assert.deepEqual(changed.topics, dispositions.topics);
  });

  test('excuses a topic that appeared only where the first rule that matches says that it is ambient', () => {
    const topics = ['app-metrics', 'audit-metrics', 'late'];
    assert.deepEqual(
      withLate(dispositions, { groups: [], topics }, request).topics.map(t => `${t.topic} ${t.disposition}`),
      ['orders drain', 'metrics ambient', 'app-metrics ambient'],
    );
  });

  test('excuses Connect workers whose connectors somebody moves, as preflight does', () => {
    const seen = [
      { group: 'connect-sinks', type: 'connect' as const },
      { group: 'connect-like', type: 'classic' as const },
    ];
    assert.deepEqual(
      withLate(dispositions, { groups: seen }, request).groups.map(
        g => `${g.group} ${g.disposition} ${g.decision?.by ?? '-'}`,
      ),
      ['billing move -', 'connect-sinks external ada'],
    );
  });
});
