import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dispositions } from '../../contract/dispositions.ts';
import type { GroupFacts } from '../../contract/inventory.ts';
import { seedOffsets, topicsToSeed } from '../../kafka/seeds.ts';

const group = (name: string, o: Partial<GroupFacts> = {}): GroupFacts => ({
  group: name,
  type: 'classic',
  state: 'Stable',
  protocolType: 'consumer',
  members: [],
  commits: [],
  ...o,
});
const member = {
  memberId: 'm',
  clientId: 'c',
  host: 'h',
  subscriptions: ['subscribed'],
  assignment: [{ topic: 'assigned', partitions: [1] }],
};
const disposed = (name: string, disposition: 'move' | 'ephemeral' | 'abandoned' | 'external') => ({
  group: name,
  disposition,
  start: 'latest' as const,
  decision: null,
  switchAware: false,
});
const dispositions: Dispositions = {
  topics: ['committed', 'assigned', 'subscribed'].map(topic => ({
    topic,
    disposition: 'drain',
    historyKept: false,
    decision: null,
  })),
  groups: [
    disposed('moves', 'move'),
    disposed('console', 'ephemeral'),
    disposed('old', 'abandoned'),
    disposed('flink', 'external'),
  ],
  preflightEnds: {},
};
const starts = { committed: ['0', '4'], assigned: ['0', '0'], subscribed: ['7'] };
const commits = [{ topic: 'committed', partition: 1, offset: '99' }];

test('A group is seeded at the log start of every partition of what it committed, is assigned or subscribed to', () => {
  const { seeds, missing } = seedOffsets([group('moves', { commits, members: [member] })], dispositions, starts);
  assert.deepEqual(missing, []);
  assert.deepEqual(seeds, [
    {
      group: 'moves',
      topics: [
        {
          topic: 'assigned',
          partitions: [
            { partition: 0, offset: '0' },
            { partition: 1, offset: '0' },
          ],
        },
        {
          topic: 'committed',
          partitions: [
            { partition: 0, offset: '0' },
            { partition: 1, offset: '4' },
          ],
        },
        { topic: 'subscribed', partitions: [{ partition: 0, offset: '7' }] },
      ],
    },
  ]);
});

test('Only groups that move are seeded, and those that appeared after preflight', () => {
  const groups = ['moves', 'console', 'old', 'flink', 'late'].map(name => group(name, { commits }));
  assert.deepEqual(
    seedOffsets(groups, dispositions, starts).seeds.map(s => s.group),
    ['late', 'moves'],
  );
});

test('A topic to drain whose log start on green is not known is missing, and is not seeded by half', () => {
  const { seeds, missing } = seedOffsets([group('moves', { commits })], dispositions, { committed: ['0', null] });
  assert.deepEqual(seeds, []);
  assert.deepEqual(missing, [{ group: 'moves', topic: 'committed' }]);
});

const topicThatIs = (disposition: 'ambient' | 'waive'): Dispositions => ({
  ...dispositions,
  topics: [{ topic: 'committed', disposition, historyKept: false, decision: null }],
});

test('An ambient topic is seeded where green has it, and may be missing there', () => {
  const groups = [group('moves', { commits })];
  const seeded = [{ topic: 'committed', partitions: [{ partition: 0, offset: '0' }] }];
  assert.deepEqual(seedOffsets(groups, topicThatIs('ambient'), { committed: ['0'] }), {
    seeds: [{ group: 'moves', topics: seeded }],
    missing: [],
  });
  assert.deepEqual(seedOffsets(groups, topicThatIs('ambient'), {}), { seeds: [], missing: [] });
});

test('A waived topic must be on green: what is written there from the flip on is nobody’s to skip', () => {
  assert.deepEqual(seedOffsets([group('moves', { commits })], topicThatIs('waive'), {}).missing, [
    { group: 'moves', topic: 'committed' },
  ]);
});

test('Log starts are needed of whatever a group reads on blue, but never of bookkeeping', () => {
  const books = ['__consumer_offsets', '_bluegreen'].map(topic => ({ topic, partition: 0, offset: '0' }));
  assert.deepEqual(
    topicsToSeed([group('moves', { commits: [...commits, ...books] }), group('late', { members: [member] })]),
    ['assigned', 'committed', 'subscribed'],
  );
});
