import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LastLook, refuseUndrained } from '../../activities/refuse-undrained.ts';
import type { DisposedGroup } from '../../contract/dispositions.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import type { LedgerRow, RowState } from '../../contract/ledger.ts';
import type { GroupSight } from '../../kafka/sight.ts';

const at = '2026-01-01T00:00:00.000Z';
const group = (name: string, disposition: DisposedGroup['disposition'] = 'move'): DisposedGroup => ({
  group: name,
  disposition,
  start: 'earliest',
  decision: null,
  switchAware: false,
});
const sight = (name: string, members = 0, commits = 1): GroupSight => ({
  kind: 'seen',
  group: name,
  type: 'classic',
  state: 'Empty',
  protocolType: 'consumer',
  members: Array.from({ length: members }, (_, n) => ({
    memberId: String(n),
    clientId: 'app',
    host: '127.0.0.1',
    subscriptions: ['orders'],
    assignment: [],
  })),
  commits: Array.from({ length: commits }, (_, partition) => ({ topic: 'orders', partition, offset: '9' })),
  unstable: [],
});
const ends = (end: string): FrozenEnds => ({
  clusterId: 'blue',
  topics: [
    {
      topic: 'orders',
      frozenAt: at,
      partitions: [{ partition: 0, leader: 1, leaderEpoch: 3, start: '0', end }],
    },
  ],
});
const drained: RowState = { kind: 'drained', committed: '9', tail: '0' };
const row = (state: RowState = drained): LedgerRow => ({
  group: 'billing',
  topic: 'orders',
  partition: 0,
  frozenEnd: '9',
  state,
});
const sealing = (...rows: LedgerRow[]): LastLook['ledger'] => ({
  deployment: 'd',
  clusterId: 'blue',
  sealed: [{ group: 'billing', sealedAt: at, sweeps: 3, rows }],
  excused: [],
});
const seeing = (...groups: GroupSight[]): LastLook['sweep'] => ({ kind: 'complete', at, topics: ['orders'], groups });

/** Blue's one topic, read to its end by one group that has left. */
const whole: LastLook = {
  bootstrap: 'blue.elb:9092',
  ledger: sealing(row()),
  sweep: seeing(sight('billing')),
  frozenThen: ends('9'),
  frozen: ends('9'),
  moved: [group('billing')],
  dispositions: {
    topics: [{ topic: 'orders', disposition: 'drain', historyKept: false, decision: null }],
    groups: [group('billing'), group('console', 'ephemeral')],
    preflightEnds: {},
  },
};

describe('the last look before blue is deleted', () => {
  test('finds nothing in the way when every group was sealed, drained, and has left', () => {
    refuseUndrained(whole);
    refuseUndrained({ ...whole, sweep: seeing() });
    refuseUndrained({ ...whole, sweep: seeing(sight('billing'), sight('console', 2)) });
    refuseUndrained({ ...whole, sweep: seeing(sight('late', 0, 0)) });
  });

  test('leaves out the rows of a topic and of a group that was waived after they were sealed', () => {
    const again = { ...whole, frozenThen: ends('12'), frozen: ends('12') };
    const decision = { by: 'ada', reason: 'as agreed' };
    const topics = [{ topic: 'orders', disposition: 'waive' as const, historyKept: false, decision }];
    refuseUndrained({ ...again, dispositions: { ...whole.dispositions, topics } });
    const groups = [{ ...group('billing', 'abandoned'), decision }];
    refuseUndrained({ ...again, moved: [], dispositions: { ...whole.dispositions, groups } });
  });

  const hidden: GroupSight = { kind: 'unseen', group: 'console', reason: 'its coordinator did not list it' };
  const never: readonly (readonly [string, Partial<LastLook>, string, RegExp])[] = [
    [
      'a group could not be seen',
      { sweep: seeing(hidden) },
      'GroupsUnknown',
      /^Group console of blue could not be seen/,
    ],
    [
      'a group still reads blue',
      { sweep: seeing(sight('billing', 1)) },
      'ReadersRemain',
      /^Group billing .* 1 members/,
    ],
    [
      'a group that appeared late reads blue',
      { sweep: seeing(sight('late', 1, 0)) },
      'ReadersRemain',
      /^Group late still has 1 members/,
    ],
    [
      'a group that appeared late has commits and was never sealed',
      { sweep: seeing(sight('late')) },
      'LedgerIncomplete',
      /^Group late has commits .*--bootstrap-server blue\.elb:9092 --delete --group late/,
    ],
    [
      'a group that had to read blue is gone and was never sealed',
      { moved: [group('billing'), group('audit')] },
      'LedgerIncomplete',
      /^Group audit .* was never sealed/,
    ],
    [
      'a row was sealed against another end than the one that stands',
      { frozenThen: ends('12'), frozen: ends('12') },
      'LedgerIncomplete',
      /^Row billing orders-0 was sealed against the end 9, but blue was frozen again at 12/,
    ],
    [
      'a sealed row is not drained',
      { ledger: sealing(row({ kind: 'behind', committed: '7', remaining: '2' })) },
      'LedgerIncomplete',
      /^Row billing orders-0 is behind/,
    ],
    [
      'a topic holds records that nobody was proved to have read',
      { ledger: sealing(), sweep: seeing() },
      'TopicUnread',
      /^Topic orders holds records/,
    ],
  ];
  for (const [what, change, type, says] of never)
    test(`refuses by name when ${what}`, () =>
      assert.throws(() => refuseUndrained({ ...whole, ...change }), { type, message: says }));
});
