import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClassicGroup, readCommits, sightOf } from '../../kafka/group-sight.ts';
import { groupTypeOf } from '../../kafka/group-type.ts';

type Answer = Parameters<typeof readClassicGroup>[0];
const subscription = Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 0x74, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]); // v1, topic t
const member = (memberMetadata: Buffer) => ({
  memberId: 'm-1',
  groupInstanceId: null,
  clientId: 'c',
  clientHost: '/127.0.0.1',
  memberMetadata,
  memberAssignment: Buffer.alloc(0),
});
const answer = (o: Partial<Answer> = {}): Answer => ({
  errorCode: 0,
  groupId: 'billing',
  groupState: 'Stable',
  protocolType: 'consumer',
  protocolData: 'range',
  members: [member(subscription)],
  authorizedOperations: 0,
  ...o,
});

test('A stable group tells what its members subscribed to', () => {
  const described = readClassicGroup(answer());
  assert.ok(described.kind === 'described');
  assert.deepEqual(described.members[0]?.subscriptions, ['t']);
  assert.equal(described.members[0]?.host, '127.0.0.1');
});

test('A group that rebalances hides its subscriptions, so it is unseen', () => {
  const rebalancing = answer({ groupState: 'PreparingRebalance', members: [member(Buffer.alloc(0))] });
  assert.deepEqual(readClassicGroup(rebalancing), { kind: 'unseen', reason: 'it is rebalancing (PreparingRebalance)' });
});

test('A member whose bytes are not the consumer protocol makes its group unseen', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('{"not":"kafka"}')])
    assert.equal(readClassicGroup(answer({ members: [member(bytes)] })).kind, 'unseen');
});

test('A group that its coordinator calls dead is no sight at all, and one it cannot tell about is unseen', () => {
  assert.equal(readClassicGroup(answer({ groupState: 'Dead', members: [] })).kind, 'dead');
  assert.equal(readClassicGroup(answer({ errorCode: 14 })).kind, 'unseen');
  const listed = { group: 'billing', type: 'classic', state: 'Dead', protocolType: '' } as const;
  assert.equal(sightOf(listed, { kind: 'dead' }, { kind: 'commits', commits: [], unstable: [] }), null);
});

test('A commit inside an open transaction is unstable, an absent one no commit', () => {
  const partition = { partitionIndex: 0, committedOffset: 5n, committedLeaderEpoch: -1, metadata: '', errorCode: 0 };
  const read = readCommits({
    groupId: 'billing',
    errorCode: 0,
    topics: [
      {
        name: 't',
        partitions: [
          partition,
          { ...partition, partitionIndex: 1, errorCode: 88 },
          { ...partition, partitionIndex: 2, committedOffset: -1n },
        ],
      },
    ],
  });
  assert.ok(read.kind === 'commits');
  assert.deepEqual(read.commits, [{ topic: 't', partition: 0, offset: '5' }]);
  assert.deepEqual(read.unstable, [{ topic: 't', partition: 1, reason: 'its commit: UNSTABLE_OFFSET_COMMIT' }]);
});

test('Every protocol has its type; what nobody knows yet is unknown', () => {
  assert.deepEqual(
    [
      ['classic', 'consumer'],
      ['', ''],
      ['Classic', 'connect'],
      ['Consumer', 'consumer'],
      ['share', 'share'],
      ['streams', 'streams'],
      ['classic', 'sr'],
      ['new', ''],
    ].map(([type = '', protocol = '']) => groupTypeOf(type, protocol)),
    ['classic', 'classic', 'connect', 'consumer', 'share', 'streams', 'unknown', 'unknown'],
  );
});
