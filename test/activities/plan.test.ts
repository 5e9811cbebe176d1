import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refuseDifferences } from '../../activities/parity.ts';
import { historyKeptMs, planOf } from '../../activities/plan.ts';
import { parseRequest } from '../../contract/request.ts';
import { disposeAll } from '../../kafka/dispositions.ts';
import { minimal } from '../contract/requests.ts';
import { groupOf, inventoryOf, memberOf, override, topicOf } from '../kafka/facts.ts';

const blue = inventoryOf({
  topics: [topicOf('orders')],
  groups: [groupOf('billing', { state: 'Stable', members: [memberOf('app+bluegreen', 'orders')] })],
});

function plan(change: object, inventory = blue) {
  const parsed = parseRequest({ ...minimal, ...change });
  assert.ok(parsed.kind === 'request', JSON.stringify(parsed));
  const { request } = parsed;
  const disposal = disposeAll(inventory, request, { readRecord: false, waive: request.waive });
  return planOf(request, { problems: disposal.problems, notes: [], inventory, disposal });
}

describe('a plan', () => {
  test('has nothing to paste and nothing to note where all is decided', () => {
    const { problems, notes, paste, topics, groups } = plan({});
    assert.deepEqual([problems, notes, paste], [[], [], null]);
    assert.deepEqual([topics.drain, groups.move], [1, 1]);
  });

  test('notes rules that match nothing, because a mistyped name decides nothing, and starts all the same', () => {
    const { problems, notes } = plan({
      topics: [
        { match: 'order', disposition: 'ambient' },
        { match: '*', disposition: 'drain' },
      ],
      groups: [{ match: 'biling-*', disposition: 'ephemeral' }],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(notes, [
      'topics[0] ("order") matches nothing that blue has now: see whether it is mistyped.',
      'groups[0] ("biling-*") matches nothing that blue has now: see whether it is mistyped.',
    ]);
  });

  test('says what order total asks of producers, and when green is opened', () => {
    const { steps, notes } = plan({ order: 'total', ttl: '5s' });
    assert.deepEqual(
      steps.filter(step => step.startsWith('flip')),
      [
        'flip kafka.orders.example.com to kafka-orders-b with order total: library producers hold; wait 5s and until nobody writes, fence kafka-orders-a, then send them on to kafka-orders-b',
      ],
    );
    assert.match(notes[0] ?? '', /^With order total library producers hold .* \(their client ids end in \+bluegreen\)/);
    assert.equal(steps.length, plan({}).steps.length);
  });

  test('says how long history keeps blue, and names what never expires instead of waiting for it', () => {
    const kept = (retentionMs: string) => {
      const configs = { 'retention.ms': override(retentionMs) };
      const inventory = inventoryOf({ topics: [topicOf('orders', { configs })], groups: blue.groups });
      const topics = [
        { match: 'orders', disposition: 'drain', historyKept: true, by: 'ada', reason: 'audit' } as const,
      ];
      const { dispositions } = disposeAll(inventory, { topics, groups: [] }, { readRecord: true });
      return { ...historyKeptMs(inventory, dispositions), step: plan({ topics }, inventory).steps.at(-1) };
    };
    assert.deepEqual(kept('604800000'), {
      longestMs: 604_800_000,
      endless: [],
      step: 'bake for 1h, or until 7d after the flip for history that is kept, wait for the approval of the deletion, keep kafka-orders-a stopped for 1d, delete it',
    });
    for (const never of ['-1', '9223372036854775807'])
      assert.deepEqual([kept(never).longestMs, kept(never).endless], [0, ['orders']]);
  });

  test('that cannot print the whole block to paste says how much is missing', () => {
    const many = inventoryOf({ topics: Array.from({ length: 130 }, (_, i) => topicOf(`unread-${i}`)) });
    const { problems, notes, paste } = plan({}, many);
    assert.equal(problems.length, 61);
    assert.equal(paste?.topics.length, 100);
    assert.deepEqual(notes, ['The block to paste leaves out 30 more: paste it, then plan again.']);
  });

  test('has a block to paste for differences between the clusters too, when they are refused', () => {
    const differences = [
      { name: 'orders retention.ms', topic: 'orders', kind: 'override' as const, blue: '1 (override)', green: '2' },
    ];
    assert.throws(
      () => refuseDifferences(differences),
      ({ message }: Error) => {
        const block = JSON.parse(/by name: (\{.*\})$/.exec(message)?.[1] ?? '{}') as { waive: object[] };
        const filled = JSON.parse(
          JSON.stringify(block).replace('<who>', 'ada').replace('<why>', 'shorter on purpose'),
        ) as object;
        const parsed = parseRequest({ ...minimal, ...filled });
        assert.ok(parsed.kind === 'request');
        assert.deepEqual(
          parsed.request.waive.map(w => [w.kind, w.name]),
          [['config', 'orders retention.ms']],
        );
        return true;
      },
    );
  });
});
