import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GroupFacts, Inventory, TopicFacts } from '../../contract/inventory.ts';
import type { GroupRule, TopicRule, Waiver } from '../../contract/request.ts';
import { disposeAll } from '../../kafka/dispositions.ts';
import { groupOf, inventoryOf, memberOf, override, partitionOf, topicOf } from './facts.ts';

const reader = (...topics: string[]) =>
  groupOf('billing', { state: 'Stable', members: [memberOf('app+bluegreen', ...topics)] });
const behind = (group: string) => groupOf(group, { commits: [{ topic: 'orders', partition: 0, offset: '3' }] });

function dispose(
  o: { topics?: TopicFacts[]; groups?: GroupFacts[] } & Partial<Inventory>,
  rules: { topics?: TopicRule[]; groups?: GroupRule[]; waive?: Waiver[]; readRecord?: boolean } = {},
) {
  const result = disposeAll(
    inventoryOf(o),
    { topics: rules.topics ?? [], groups: rules.groups ?? [] },
    { readRecord: rules.readRecord ?? false, waive: rules.waive ?? [] },
  );
  return {
    ...result,
    topic: (name: string) => result.dispositions.topics.find(t => t.topic === name)?.disposition ?? null,
    group: (name: string) => result.dispositions.groups.find(g => g.group === name)?.disposition ?? null,
    on: result.problems.map(p => p.on),
  };
}

/** Where the problems are of an unread topic that is waived by `rule`. */
function waived(rule: Partial<TopicRule>): readonly string[] {
  return dispose({ topics: [topicOf('unread')] }, { topics: [{ match: 'unread', disposition: 'waive', ...rule }] }).on;
}

describe('disposition of a topic', () => {
  it('is drain when a group reads it and its records expire', () => {
    const { topic, problems } = dispose({ topics: [topicOf('orders')], groups: [reader('orders')] });
    assert.equal(topic('orders'), 'drain');
    assert.deepEqual(problems, []);
  });

  it('is ambient for bookkeeping, whatever a rule says', () => {
    const { topic, problems } = dispose(
      { topics: [topicOf('__consumer_offsets', { internal: true }), topicOf('_bluegreen-smoke-1')] },
      { topics: [{ match: '*', disposition: 'drain' }] },
    );
    assert.equal(topic('__consumer_offsets'), 'ambient');
    assert.equal(topic('_bluegreen-smoke-1'), 'ambient');
    assert.deepEqual(problems, []);
  });

  it('is missing, with a rule to paste, when compacted, kept for ever or read by nobody', () => {
    const topics = [
      topicOf('state', { configs: { 'cleanup.policy': override('compact,delete') } }),
      topicOf('archive', { configs: { 'retention.ms': override('-1') } }),
      topicOf('longest', { configs: { 'retention.ms': override('9223372036854775807') } }),
      topicOf('unread'),
    ];
    const names = ['state', 'archive', 'longest', 'unread'];
    const { topic, on, paste } = dispose({ topics, groups: [reader('state', 'archive', 'longest')] });
    for (const name of names) assert.equal(topic(name), null);
    assert.deepEqual(
      on,
      names.map(name => `topic ${name}`),
    );
    assert.deepEqual(
      paste.topics.map(r => r.match),
      names,
    );
  });

  it('counts commits and assignments as reading, not only subscriptions', () => {
    const assigned = { ...memberOf('a+bluegreen'), assignment: [{ topic: 'assigned', partitions: [0] }] };
    const { topic } = dispose({
      topics: [topicOf('assigned'), topicOf('committed')],
      groups: [
        groupOf('one', { members: [assigned] }),
        groupOf('two', { commits: [{ topic: 'committed', partition: 0, offset: '10' }] }),
      ],
    });
    assert.equal(topic('assigned'), 'drain');
    assert.equal(topic('committed'), 'drain');
  });

  it('comes from the first rule that matches', () => {
    const topics = [topicOf('audit-eu'), topicOf('audit-us')];
    const { topic, dispositions } = dispose(
      { topics },
      {
        topics: [
          { match: 'audit-eu', disposition: 'drain', historyKept: true },
          { match: 'audit-*', disposition: 'waive', by: 'ada', reason: 'copies exist' },
        ],
      },
    );
    assert.equal(topic('audit-eu'), 'drain');
    assert.equal(topic('audit-us'), 'waive');
    assert.equal(dispositions.topics[0]?.historyKept, true);
    assert.deepEqual(dispositions.topics[1]?.decision, { by: 'ada', reason: 'copies exist' });
  });

  it('waived without an answer, or with the words of the pasted block, is a problem', () => {
    assert.deepEqual(waived({}), ['topic unread']);
    assert.deepEqual(waived({ by: '<who>', reason: '<why>' }), ['topic unread']);
    assert.deepEqual(waived({ by: 'ada', reason: 'dead letters' }), []);
  });
});

describe('disposition of a group', () => {
  it('is move with members, or without members and lag', () => {
    const done = groupOf('idle', { commits: [{ topic: 'orders', partition: 0, offset: '10' }] });
    const { group, problems } = dispose({ topics: [topicOf('orders')], groups: [reader('orders'), done] });
    assert.equal(group('billing'), 'move');
    assert.equal(group('idle'), 'move');
    assert.deepEqual(problems, []);
  });

  it('is missing, with a rule to paste, for an empty group with lag', () => {
    const { group, on, paste } = dispose({ topics: [topicOf('orders')], groups: [behind('nightly')] });
    assert.equal(group('nightly'), null);
    assert.deepEqual(on, ['group nightly']);
    assert.deepEqual(paste.groups, [{ match: 'nightly', disposition: 'move' }]);
  });

  it('is missing when nobody answered for an end: not knowing is not zero', () => {
    const topics = [topicOf('orders', { partitions: [partitionOf(0, { end: null })] })];
    const { group, problems } = dispose({ topics, groups: [behind('nightly')] });
    assert.equal(group('nightly'), null);
    assert.match(problems[0]?.problem ?? '', /nobody answered for the ends of orders/);
  });

  it('does not count lag on topics that do not drain or are gone', () => {
    const { group } = dispose(
      {
        topics: [topicOf('orders')],
        groups: [behind('one'), groupOf('two', { commits: [{ topic: 'gone', partition: 0, offset: '0' }] })],
      },
      { topics: [{ match: 'orders', disposition: 'ambient' }] },
    );
    assert.equal(group('one'), 'move');
    assert.equal(group('two'), 'move');
  });

  it('that is not classic is refused unless it is ephemeral, abandoned or external', () => {
    const groups = (['consumer', 'share', 'streams', 'unknown'] as const).map(type => groupOf(`g-${type}`, { type }));
    assert.equal(dispose({ groups }).on.length, 4);
    assert.equal(dispose({ groups }, { groups: [{ match: '*', disposition: 'move' }] }).on.length, 4);
    for (const disposition of ['ephemeral', 'abandoned', 'external'] as const)
      assert.deepEqual(
        dispose({ groups }, { groups: [{ match: '*', disposition, by: 'ada', reason: 'asked' }] }).on,
        [],
      );
  });

  it('abandoned or external demands by and reason', () => {
    for (const disposition of ['abandoned', 'external'] as const)
      assert.deepEqual(dispose({ groups: [behind('nightly')] }, { groups: [{ match: '*', disposition }] }).on, [
        'group nightly',
      ]);
  });

  it('keeps where it starts, and earliest without a rule', () => {
    const { dispositions } = dispose(
      { groups: [groupOf('a'), groupOf('b')] },
      { groups: [{ match: 'a', disposition: 'move', start: 'latest' }] },
    );
    assert.deepEqual(
      dispositions.groups.map(g => g.start),
      ['latest', 'earliest'],
    );
  });

  it('with plain members and no read record needs a waiver by name', () => {
    const plain = groupOf('billing', { members: [memberOf('app', 'orders')] });
    const o = { topics: [topicOf('orders')], groups: [plain] };
    assert.deepEqual(dispose(o).on, ['group billing']);
    assert.deepEqual(dispose(o, { readRecord: true }).on, []);
    const waiver: Waiver = { kind: 'group', name: 'billing', by: 'ada', reason: 'restarted by hand' };
    const settled = dispose(o, { waive: [waiver] });
    assert.deepEqual(settled.on, []);
    assert.deepEqual(settled.dispositions.groups[0]?.decision, { by: 'ada', reason: 'restarted by hand' });
  });

  it('is switch-aware only when every member is', () => {
    const mixed = groupOf('billing', { members: [memberOf('a+bluegreen'), memberOf('b')] });
    assert.equal(dispose({ groups: [mixed] }).dispositions.groups[0]?.switchAware, false);
    assert.deepEqual(dispose({ groups: [mixed] }).on, ['group billing']);
    assert.equal(dispose({ groups: [reader()] }).dispositions.groups[0]?.switchAware, true);
  });

  it('of Connect workers is asked for as a connector, and settled by its waiver', () => {
    const workers = groupOf('connect-cluster', { type: 'connect', members: [memberOf('worker')] });
    assert.deepEqual(dispose({ groups: [workers] }).on, ['group connect-cluster']);
    const waiver: Waiver = { kind: 'connector', name: 'connect-*', by: 'ada', reason: 'moved by hand' };
    const { group, on } = dispose({ groups: [workers] }, { waive: [waiver] });
    assert.deepEqual(on, []);
    assert.equal(group('connect-cluster'), 'external');
  });
});

describe('ACLs, quotas and users of blue', () => {
  it('stand in the way, each by name, until waived by name', () => {
    const o = {
      acls: [{ name: 'ALLOW User:alice READ topic orders (literal) from *' }],
      quotas: [{ name: 'client-id=<default> producer_byte_rate=1' }],
      users: [{ name: 'alice SCRAM-SHA-512' }],
    };
    assert.equal(dispose(o).on.length, 3);
    const by = { by: 'ada', reason: 'created on green' };
    const waive: Waiver[] = [
      { kind: 'acl', name: '* topic orders *', ...by },
      { kind: 'quota', name: 'client-id=<default> producer_byte_rate=1', ...by },
    ];
    assert.deepEqual(dispose(o, { waive }).on, ['user alice SCRAM-SHA-512']);
    assert.equal(dispose(o, { waive: waive.map(w => ({ ...w, kind: 'config' as const })) }).on.length, 3);
  });
});

describe('topic ids', () => {
  it('are remembered by name where the broker told them', () => {
    const topics = [
      { ...topicOf('orders'), id: 'id-of-orders' },
      { ...topicOf('payments'), id: null },
    ];
    assert.deepEqual(dispose({ topics }).dispositions.topicIds, { orders: 'id-of-orders' });
  });
});

describe('preflight ends', () => {
  it('are the high watermarks, or the start where nobody answered, never more', () => {
    const topics = [
      topicOf('orders', { partitions: [partitionOf(0, { end: '42' }), partitionOf(1, { end: null, start: '7' })] }),
    ];
    assert.deepEqual(dispose({ topics }).dispositions.preflightEnds, { orders: ['42', '7'] });
  });
});
