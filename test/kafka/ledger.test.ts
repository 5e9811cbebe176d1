import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dispositions } from '../../contract/dispositions.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import type { GroupFacts } from '../../contract/inventory.ts';
import { foldSweep, ledgerOf, openLedger, remembered, seal, tailsToRead } from '../../kafka/drain-progress.ts';
import type { TailCount } from '../../kafka/ledger.ts';
import type { SeenGroup, Sweep } from '../../kafka/sight.ts';

const frozenAt = '2026-01-01T00:00:00.000Z';
const frozen = (topic: string, ...ends: string[]): FrozenEnds['topics'][number] => ({
  topic,
  frozenAt,
  partitions: ends.map((end, partition) => ({ partition, leader: 1, leaderEpoch: 4, start: '0', end })),
});
const ends = (...topics: FrozenEnds['topics']): FrozenEnds => ({ clusterId: 'blue', topics });

const group = (name: string, commits: Record<string, number>, o: Partial<SeenGroup> = {}): SeenGroup => ({
  kind: 'seen',
  group: name,
  type: 'classic',
  state: 'Empty',
  protocolType: 'consumer',
  members: [],
  commits: Object.entries(commits).map(([place, offset]) => {
    const [topic = '', partition] = place.split('/');
    return { topic, partition: Number(partition), offset: String(offset) };
  }),
  unstable: [],
  ...o,
});
const member = (...subscriptions: string[]): GroupFacts['members'][number] => ({
  memberId: 'm',
  clientId: 'c',
  host: 'h',
  subscriptions,
  assignment: [],
});
const sweep = (groups: Sweep['groups'], second = 0, topics = ['orders']): Sweep => ({
  kind: 'complete',
  at: new Date(Date.parse(frozenAt) + second * 1_000).toISOString(),
  topics,
  groups,
});
const dispositions = (o: Partial<Dispositions> = {}): Dispositions => ({
  topics: [{ topic: 'orders', disposition: 'drain', historyKept: false, decision: null }],
  groups: [{ group: 'billing', disposition: 'move', start: 'earliest', decision: null, switchAware: false }],
  preflightEnds: {},
  ...o,
});
const look = (
  s: Sweep,
  o: {
    tails?: TailCount[];
    frozen?: FrozenEnds;
    dispositions?: Dispositions;
    starts?: Record<string, (string | null)[]>;
  } = {},
) => ({
  frozen: o.frozen ?? ends(frozen('orders', '5', '7')),
  sweep: s,
  dispositions: o.dispositions ?? dispositions(),
  logStarts: o.starts ?? { orders: ['0', '0'] },
  tails: o.tails ?? [],
});
const AT_END = { 'orders/0': 5, 'orders/1': 7 };

test('A group that vanished after preflight saw it holds up the drain, even though nothing of it is left to judge', () => {
  const known = openLedger([group('billing', AT_END)]);
  const { standings } = foldSweep(known, look(sweep([])), { sweeps: 1 });
  assert.equal(standings[0]?.kind, 'vanished');
});

test('A group that no sweep can see is unknown since the first that could not, and from then anew once it was seen', () => {
  const unseen = { kind: 'unseen' as const, group: 'billing', reason: 'it is rebalancing (PreparingRebalance)' };
  let progress = openLedger([group('billing', AT_END)]);
  const forMs = [unseen, unseen, group('billing', AT_END), unseen].map((sight, n) => {
    const folded = foldSweep(progress, look(sweep([sight], 30 * n)), { sweeps: 9 });
    progress = folded.progress;
    const [standing] = folded.standings;
    return standing?.kind === 'unknown' ? standing.forMs : standing?.kind;
  });
  assert.deepEqual(forMs, [0, 30_000, 'counting', 0]);
});

test('A group whose type no sweep can follow is no matter of waiting', () => {
  const connect = group('connect-sinks', {}, { type: 'connect', state: 'Stable', members: [member()] });
  const { standings } = foldSweep(openLedger([]), look(sweep([group('billing', AT_END), connect])), { sweeps: 1 });
  assert.deepEqual(
    standings.map(s => (s.kind === 'unfollowable' ? `${s.group} ${s.kind}: ${s.type}` : `${s.group} ${s.kind}`)),
    ['billing drained', 'connect-sinks unfollowable: connect'],
  );
});

test('An ephemeral group may vanish', () => {
  const excused = dispositions({
    groups: [{ group: 'billing', disposition: 'ephemeral', start: 'earliest', decision: null, switchAware: false }],
  });
  const { standings } = foldSweep(openLedger([group('billing', AT_END)]), look(sweep([]), { dispositions: excused }), {
    sweeps: 1,
  });
  assert.deepEqual(standings, []);
});

test('A partition whose commit was seen once and expired counts in full again', () => {
  const first = foldSweep(openLedger([]), look(sweep([group('billing', AT_END)])), { sweeps: 2 });
  assert.equal(first.standings[0]?.kind, 'counting');
  const second = foldSweep(first.progress, look(sweep([group('billing', { 'orders/0': 5 })], 1)), { sweeps: 2 });
  assert.equal(second.standings[0]?.kind, 'behind');
  assert.deepEqual(second.standings[0]?.rows[1]?.state, { kind: 'uncommitted', from: '0', remaining: '7' });
});

test('The topic of a member that left before it ever committed keeps its rows', () => {
  const subscribed = group('billing', {}, { state: 'Stable', members: [member('orders')] });
  const known = openLedger([group('billing', {})]);
  const first = foldSweep(known, look(sweep([subscribed])), { sweeps: 1 });
  assert.notEqual(remembered(first.progress), remembered(known), 'a worker that starts again must know it too');
  const second = foldSweep(first.progress, look(sweep([group('billing', {})], 1)), { sweeps: 1 });
  assert.equal(second.standings[0]?.kind, 'behind');
  assert.equal(second.standings[0]?.rows.length, 2);
});

test('A group that was declared latest and never committed counts from where the log ended in preflight', () => {
  const latest = dispositions({
    groups: [{ group: 'billing', disposition: 'move', start: 'latest', decision: null, switchAware: false }],
    preflightEnds: { orders: ['4', '7'] },
  });
  const subscribed = group('billing', {}, { members: [member('orders')] });
  const { standings } = foldSweep(openLedger([]), look(sweep([subscribed]), { dispositions: latest }), { sweeps: 1 });
  assert.deepEqual(
    standings[0]?.rows.map(r => r.state),
    [
      { kind: 'uncommitted', from: '4', remaining: '1' },
      { kind: 'drained', committed: '7', tail: '0' },
    ],
  );
});

test('A commit that is gone was there: its partition counts in full, also for a group that was declared latest', () => {
  const latest = dispositions({
    groups: [{ group: 'billing', disposition: 'move', start: 'latest', decision: null, switchAware: false }],
    preflightEnds: { orders: ['5', '7'] },
  });
  const at = (commits: Record<string, number>) => look(sweep([group('billing', commits)]), { dispositions: latest });
  const first = foldSweep(openLedger([]), at({ 'orders/0': 2, 'orders/1': 7 }), { sweeps: 1 });
  const gone = foldSweep(first.progress, at({ 'orders/1': 7 }), { sweeps: 1 });
  assert.deepEqual(gone.standings[0]?.rows[0]?.state, { kind: 'uncommitted', from: '0', remaining: '5' });
  const expected = openLedger([group('billing', { 'orders/0': 2 })]);
  const inventoried = foldSweep(expected, at({ 'orders/1': 7 }), { sweeps: 1 });
  assert.equal(inventoried.standings[0]?.kind, 'behind', 'preflight saw the commit');
});

test('A commit below the log start is a loss that stays in the ledger after the group read on', () => {
  const starts = { orders: ['3', '0'] };
  const first = foldSweep(
    openLedger([]),
    look(sweep([group('billing', { 'orders/0': 1, 'orders/1': 7 })]), { starts }),
    { sweeps: 1 },
  );
  assert.equal(first.standings[0]?.kind, 'blocked');
  const second = foldSweep(first.progress, look(sweep([group('billing', AT_END)], 1), { starts }), { sweeps: 1 });
  assert.equal(second.standings[0]?.kind, 'drained');
  assert.deepEqual(second.progress.losses, [{ group: 'billing', topic: 'orders', partition: 0, missing: '2' }]);
});

test('Records deleted under a group that never committed are a loss, not progress', () => {
  const subscribed = group('billing', {}, { members: [member('orders')] });
  const { standings } = foldSweep(openLedger([]), look(sweep([subscribed]), { starts: { orders: ['5', '7'] } }), {
    sweeps: 1,
  });
  assert.deepEqual(standings[0]?.rows[0]?.state, { kind: 'lost', committed: '0', logStart: '5', missing: '5' });
});

test('A commit beyond the frozen end is not called drained', () => {
  const { standings } = foldSweep(openLedger([]), look(sweep([group('billing', { 'orders/0': 6, 'orders/1': 7 })])), {
    sweeps: 1,
  });
  assert.equal(standings[0]?.kind, 'blocked');
});

test('A topic that was never frozen makes its readers unknown', () => {
  const reader = group('billing', AT_END, { members: [member('orders', 'new')] });
  const { standings } = foldSweep(openLedger([]), look(sweep([reader], 0, ['orders', 'new'])), { sweeps: 1 });
  assert.equal(standings[0]?.kind, 'unknown');
  const gone = foldSweep(openLedger([]), look(sweep([reader], 0, ['orders'])), { sweeps: 1 });
  assert.equal(gone.standings[0]?.kind, 'drained', 'a subscription to a topic that does not exist has nothing to read');
});

test('A partition added after the freeze makes its readers unknown', () => {
  const reader = group('billing', { ...AT_END, 'orders/2': 0 });
  const { standings } = foldSweep(openLedger([]), look(sweep([reader])), { sweeps: 1 });
  assert.equal(standings[0]?.kind, 'unknown');
});

test('Groups whose protocol hides what they read cannot be followed, and are never drained', () => {
  for (const type of ['share', 'streams', 'connect', 'unknown'] as const) {
    const { standings } = foldSweep(openLedger([]), look(sweep([group('late', AT_END, { type })])), { sweeps: 1 });
    assert.equal(standings.find(s => s.group === 'late')?.kind, 'unfollowable', type);
  }
});

test('A topic frozen again at another end opens its sealed rows, and only them', () => {
  const at = (commits: Record<string, number>, second: number, end: string) =>
    look(sweep([group('billing', commits)], second), { frozen: ends(frozen('orders', '5', end)) });
  const first = foldSweep(openLedger([]), at(AT_END, 0, '7'), { sweeps: 1 });
  assert.ok(first.standings[0]?.kind === 'drained');
  const sealed = seal(first.progress, first.standings[0], frozenAt);
  const again = foldSweep(sealed, at(AT_END, 1, '9'), { sweeps: 2 });
  assert.equal(again.standings[0]?.kind, 'behind');
  assert.deepEqual(
    again.standings[0]?.rows.map(r => r.partition),
    [1],
  );
  const caughtUp = foldSweep(again.progress, at({ 'orders/0': 0, 'orders/1': 9 }, 2, '9'), { sweeps: 1 });
  assert.ok(caughtUp.standings[0]?.kind === 'drained', 'what was sealed does not hold it up');
  const ledger = ledgerOf(seal(caughtUp.progress, caughtUp.standings[0], frozenAt), {
    deployment: 'd',
    clusterId: 'blue',
    dispositions: dispositions(),
  });
  assert.deepEqual(
    ledger.sealed[0]?.rows.map(r => r.frozenEnd),
    ['5', '9'],
  );
});

test('Only short tails are read, and those of groups that stand still', () => {
  const big = { frozen: ends(frozen('orders', '1000000', '7')) };
  const behind = group('billing', { 'orders/0': 1, 'orders/1': 6 });
  const first = foldSweep(openLedger([]), look(sweep([behind]), big), { sweeps: 1 });
  assert.deepEqual(tailsToRead(first.standings, [], 10_000n), [{ topic: 'orders', partition: 1, from: '6', to: '7' }]);
  const second = foldSweep(first.progress, look(sweep([behind], 30), big), { sweeps: 1 });
  assert.equal(tailsToRead(second.standings, [], 10_000n).length, 2);
  const read: TailCount[] = [
    { topic: 'orders', partition: 1, from: '6', to: '7', data: { kind: 'counted', records: '1' } },
  ];
  assert.deepEqual(tailsToRead(first.standings, read, 10_000n), []);
});

test('The ledger names who excused a group and why', () => {
  const excused = dispositions({
    groups: [
      {
        group: 'old',
        disposition: 'abandoned',
        start: 'earliest',
        decision: { by: 'ada', reason: 'switched off in May' },
        switchAware: false,
      },
      { group: 'console-1', disposition: 'ephemeral', start: 'earliest', decision: null, switchAware: false },
    ],
  });
  assert.deepEqual(ledgerOf(openLedger([]), { deployment: 'd', clusterId: 'blue', dispositions: excused }).excused, [
    { group: 'console-1', why: 'ephemeral', by: '-' },
    { group: 'old', why: 'abandoned: switched off in May', by: 'ada' },
  ]);
});

test('A sweep counts only with others that were judged against the same ends', () => {
  const at = (end: number, second: number) =>
    look(sweep([group('billing', { 'orders/0': 5, 'orders/1': end })], second), {
      frozen: ends(frozen('orders', '5', String(end))),
    });
  const first = foldSweep(openLedger([]), at(7, 0), { sweeps: 2 });
  const second = foldSweep(first.progress, at(8, 1), { sweeps: 2 });
  assert.equal(second.standings[0]?.kind, 'counting');
  const third = foldSweep(second.progress, at(8, 2), { sweeps: 2 });
  assert.equal(third.standings[0]?.kind, 'drained');
});
