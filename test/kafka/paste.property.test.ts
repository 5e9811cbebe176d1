import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GroupFacts, GroupType, Inventory, TopicFacts } from '../../contract/inventory.ts';
import { type GroupRule, parseRequest, type TopicRule } from '../../contract/request.ts';
import { type Disposal, disposeAll } from '../../kafka/dispositions.ts';
import { minimal } from '../contract/requests.ts';
import { guarantee } from '../support/guarantee.ts';
import { groupOf, inventoryOf, memberOf, override, topicOf } from './facts.ts';

const names = ['orders', 'orders-eu', 'audit', 'state'] as const;
const topic: fc.Arbitrary<TopicFacts> = fc
  .record({
    name: fc.constantFrom(...names),
    policy: fc.constantFrom('delete', 'compact', 'compact,delete'),
    retention: fc.constantFrom('604800000', '-1'),
  })
  .map(({ name, policy, retention }) =>
    topicOf(name, { configs: { 'cleanup.policy': override(policy), 'retention.ms': override(retention) } }),
  );
const group: fc.Arbitrary<GroupFacts> = fc
  .record({
    name: fc.constantFrom('billing', 'reports', 'nightly', 'odd name (1)', 'wild*card'),
    type: fc.constantFrom<GroupType>('classic', 'consumer', 'share', 'connect'),
    members: fc.subarray([memberOf('app', 'orders'), memberOf('app+bluegreen', 'audit')]),
    commits: fc.array(
      fc.record({
        topic: fc.constantFrom(...names),
        partition: fc.nat({ max: 1 }),
        offset: fc.constantFrom('0', '7', '10'),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ name, type, members, commits }) =>
    groupOf(name, { type, members, commits, state: members.length > 0 ? 'Stable' : 'Empty' }),
  );
const named = fc.uniqueArray(
  fc.constantFrom('ALLOW User:alice READ topic * (literal) from *', 'user=alice rate=1', 'bob SCRAM-SHA-512'),
);
const inventory: fc.Arbitrary<Inventory> = fc
  .record({
    topics: fc.uniqueArray(topic, { selector: t => t.name }),
    groups: fc.uniqueArray(group, { selector: g => g.group }),
    acls: named,
    quotas: named,
    users: named,
  })
  .map(({ acls, quotas, users, ...rest }) =>
    inventoryOf({
      ...rest,
      acls: acls.map(name => ({ name })),
      quotas: quotas.map(name => ({ name })),
      users: users.map(name => ({ name })),
    }),
  );

/** Rules as an owner may have written them before the first plan. */
const ownRules = fc.record({
  topics: fc.constantFrom<TopicRule[]>(
    [],
    [{ match: 'orders', disposition: 'drain' }],
    [{ match: 'a*', disposition: 'ambient' }],
  ),
  groups: fc.constantFrom<GroupRule[]>([], [{ match: 'nightly', disposition: 'ephemeral' }]),
});

describe('the block that a plan prints to be pasted', () => {
  it(
    ...guarantee(
      { promise: 'refused', fault: 'any clusters that a plan refuses (1,000 tries)' },
      'makes any refused request startable: appended, with name and reason filled in, nothing is left but what a rule of its owner says',
      () => {
        fc.assert(
          fc.property(inventory, ownRules, (blue, own) => {
            const first = plan(blue, { ...minimal, ...own });
            const pasted = JSON.parse(
              JSON.stringify(first.paste).replaceAll('<who>', 'ada').replaceAll('<why>', 'a test'),
            ) as Record<'topics' | 'groups' | 'waive', object[]>;
            const second = plan(blue, {
              ...minimal,
              topics: [...own.topics, ...pasted.topics],
              groups: [...own.groups, ...pasted.groups],
              waive: pasted.waive,
            });
            const byOwnRule = (on: string) =>
              own.topics.some(rule => on === `topic ${rule.match}`) ||
              own.groups.some(rule => on === `group ${rule.match}`);
            assert.deepEqual(
              second.problems.filter(p => !byOwnRule(p.on)),
              [],
            );
            assert.deepEqual(second.paste, { topics: [], groups: [], waive: [] });
          }),
          { numRuns: 1_000 },
        );
      },
    ),
  );

  it('covers every kind that is waived: ACLs, quotas, users and groups with members and no read record', () => {
    const { paste, problems } = plan(
      inventoryOf({
        topics: [topicOf('orders')],
        groups: [groupOf('billing', { state: 'Stable', members: [memberOf('app', 'orders')] })],
        acls: [{ name: 'ALLOW User:alice READ topic orders (literal) from *' }],
        quotas: [{ name: 'user=alice producer_byte_rate=1024' }],
        users: [{ name: 'alice SCRAM-SHA-512' }],
      }),
      minimal,
    );
    assert.equal(problems.length, 4);
    assert.deepEqual(
      paste.waive.map(w => [w.kind, w.name, w.by, w.reason]),
      [
        ['group', 'billing', '<who>', '<why>'],
        ['acl', 'ALLOW User:alice READ topic orders (literal) from *', '<who>', '<why>'],
        ['quota', 'user=alice producer_byte_rate=1024', '<who>', '<why>'],
        ['user', 'alice SCRAM-SHA-512', '<who>', '<why>'],
      ],
    );
  });
});

function plan(blue: Inventory, input: object): Disposal {
  const parsed = parseRequest(input);
  assert.ok(parsed.kind === 'request', JSON.stringify(parsed));
  const { request } = parsed;
  return disposeAll(blue, request, { readRecord: request.readRecord !== undefined, waive: request.waive });
}
