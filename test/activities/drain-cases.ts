/**
 * What a drain says of groups and topics in every state they can be in, by the ledger in evidence, by the sentence of the hold, and
 * by the proof before deletion. One list for every generation of blue.
 */
import assert from 'node:assert/strict';
import { formatTicket, TICKET_TOPIC } from 'kafka-bluegreen-switching/ticket';
import type { Producer } from 'kafkajs';
import type { Cluster } from '../../kafka/cluster.ts';
import { commitFor, readCommitted } from '../../kafka/commit-offsets.ts';
import { readLogStarts } from '../../kafka/log-ends.ts';
import { readOriginals } from '../../kafka/originals.ts';
import { readTickets } from '../../kafka/tickets.ts';
import { changeTopicConfigs } from '../../kafka/topic-configs.ts';
import { client, createTopics, eventually, producing, values } from '../kafka/clients.ts';
import type { guarantee } from '../support/guarantee.ts';
import { type Clusters, holding, openWorld, type Running, type World } from './drain-world.ts';

type Fault = Parameters<typeof guarantee>[0];

export interface DrainCase extends Fault {
  readonly title: string;
  readonly run: (clusters: Clusters) => Promise<void>;
}

const ada = { by: 'ada', reason: 'as agreed' } as const;

export const drainCases: readonly DrainCase[] = [
  {
    promise: 'deletion',
    fault: 'topics that nobody has to read',
    title: 'Ambient topics stay open and waived ones are fenced; neither has rows, and neither holds up the deletion',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'metrics' }, { topic: 'orders', partitions: 2 }, { topic: 'scratch' }]);
      for (const topic of ['metrics', 'orders', 'scratch']) await produce(clusters, topic, 5);
      await commit(clusters, 'billing', { metrics: [0], orders: [5, 0], scratch: [0] });
      const world = await openWorld(clusters, {
        topics: [
          { match: 'metrics*', disposition: 'ambient' },
          { match: 'scratch', disposition: 'waive', ...ada },
        ],
      });
      await world.prepare();
      await world.step('freeze');
      await produce(clusters, 'metrics', 1);
      await assert.rejects(produce(clusters, 'scratch', 1), /larger/);
      await createTopics(blue, [{ topic: 'metrics-later' }]);
      await commit(clusters, 'billing', { 'metrics-later': [0] });
      await world.step('drainFirstGroup');
      await world.step('releaseGroups');
      assert.deepEqual(await rowsOf(world, 'billing'), { 'orders/0': 'drained', 'orders/1': 'drained' });
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a waived topic is filled on green before its group starts there at latest',
    title:
      'A group is seeded on waived and ambient topics too, so that it skips nothing that was written after the flip',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'metrics' }, { topic: 'orders' }, { topic: 'profiles' }]);
      await produce(clusters, 'profiles', 5);
      await commit(clusters, 'billing', { metrics: [0], orders: [0], profiles: [5] });
      const world = await openWorld(clusters, {
        topics: [
          { match: 'metrics', disposition: 'ambient' },
          { match: 'profiles', disposition: 'waive', ...ada },
        ],
      });
      await world.prepare();
      await world.step('freeze');
      await produce({ ...clusters, blue: clusters.green }, 'profiles', 3);
      await world.step('releaseGroups');
      const seeds = (await readCommitted(clusters.green, ['billing'])).get('billing') ?? [];
      assert.deepEqual(seeds.map(c => `${c.topic}/${c.partition} ${c.offset}`).toSorted(), [
        '_bluegreen/0 0',
        'metrics/0 0',
        'orders/0 0',
        'profiles/0 0',
      ]);
    },
  },
  {
    promise: 'holds',
    fault: 'somebody opens the fence of a waived topic and writes, in the drain and before the deletion',
    title:
      'A waived topic that is opened holds the drain; what was written to it holds no deletion, once it is closed again',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'orders' }, { topic: 'scratch' }]);
      for (const topic of ['orders', 'scratch']) await produce(clusters, topic, 5);
      await commit(clusters, 'billing', { orders: [5] });
      const world = await openWorld(clusters, { topics: [{ match: 'scratch', disposition: 'waive', ...ada }] });
      await world.prepare();
      await world.step('freeze');
      const open = async () => {
        await setConfig(blue, 'scratch', 'max.message.bytes', null);
        await produce(clusters, 'scratch', 1);
      };
      await open();
      const opened = /scratch has no override instead of 1\. .* fenced, frozen and read again; or roll back\.$/;
      await assert.rejects(world.step('drainFirstGroup'), holding('FenceOpen', opened));
      await world.step('freeze');
      await world.step('releaseGroups');
      await open();
      await assert.rejects(
        world.step('proveBlueDrained'),
        holding(
          'FenceOpen',
          /^Partition scratch-0 of blue is open, .*--entity-name scratch .*max\.message\.bytes=1\), then/,
        ),
      );
      await setConfig(blue, 'scratch', 'max.message.bytes', '1');
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'somebody opens the fence of blue and writes when a group has left',
    title: 'A group that was released is asked for what was written on blue since, and how it is read there is said',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 5);
      await commit(clusters, 'billing', { orders: [5] });
      await commit(clusters, 'slow', { orders: [4] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('one group is released', () => draining.beats.some(b => b.released === 'billing'));
      await setConfig(blue, 'orders', 'max.message.bytes', null);
      await assert.rejects(
        draining.result,
        holding(
          'FenceOpen',
          /Groups that were released \(billing\) follow .* start a plain consumer of each at blue's own address, \S+:\d+, .*or waive it\.$/,
        ),
      );
      await produce(clusters, 'orders', 2);
      await world.step('freeze');
      const again = world.start('releaseGroups');
      await eventually('it is behind', () => leftOf(again, 'billing') === '2');
      for (const group of ['billing', 'slow']) await commit(clusters, group, { orders: [7] });
      await again.result;
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'deletion',
    fault: 'groups that never gate: one vanishes, others never read on',
    title: 'Ephemeral, abandoned and external groups hold up nothing, and the ledger says who excused them and why',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 5);
      for (const group of ['dead', 'flink', 'probe']) await commit(clusters, group, { orders: [1] });
      await commit(clusters, 'billing', { orders: [5] });
      const world = await openWorld(clusters, {
        groups: [
          { match: 'dead', disposition: 'abandoned', ...ada },
          { match: 'flink', disposition: 'external', by: 'eve', reason: 'keeps its own offsets' },
          { match: 'probe*', disposition: 'ephemeral' },
        ],
      });
      await commit(clusters, 'probe-later', { orders: [1] });
      await world.prepare();
      await world.step('freeze');
      await deleteGroup(clusters, 'probe');
      await world.step('releaseGroups');
      const { ledger } = await world.ledger();
      assert.deepEqual(
        ledger.sealed.map(s => s.group),
        ['billing'],
      );
      assert.deepEqual(ledger.excused, [
        { group: 'dead', why: 'abandoned: as agreed', by: 'ada' },
        { group: 'flink', why: 'external: keeps its own offsets', by: 'eve' },
        { group: 'probe', why: 'ephemeral', by: '-' },
      ]);
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'partitions that a group never committed',
    title:
      "A partition without a commit counts in full; for a group that starts at latest from preflight's end, and only there",
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders', partitions: 2 }]);
      await produce(clusters, 'orders', 10, 0);
      await produce(clusters, 'orders', 10, 1);
      await commit(clusters, 'billing', { orders: [10] });
      await commit(clusters, 'tail', { orders: [10] });
      const world = await openWorld(clusters, { groups: [{ match: 'tail', disposition: 'move', start: 'latest' }] });
      await world.prepare();
      await produce(clusters, 'orders', 3, 1);
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('both are counted', () => {
        const left = Object.fromEntries((draining.beats.at(-1)?.worst ?? []).map(w => [w.group, w.left]));
        return left['billing'] === '13' && left['tail'] === '3';
      });
      await commit(clusters, 'tail', { orders: [10, 13] });
      await commit(clusters, 'billing', { orders: [10, 13] });
      await draining.result;
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'the commit of a group that starts at latest is deleted while it is behind',
    title: 'A commit that once was there is never counted from preflight’s end when it is gone',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders', partitions: 2 }]);
      await produce(clusters, 'orders', 10, 0);
      await produce(clusters, 'orders', 10, 1);
      await commit(clusters, 'tail', { orders: [10, 4] });
      const world = await openWorld(clusters, { groups: [{ match: 'tail', disposition: 'move', start: 'latest' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('its lag is seen', () => leftOf(draining, 'tail') === '6');
      await deleteCommit(clusters, 'tail', 'orders', 1);
      await eventually('it counts in full', () => leftOf(draining, 'tail') === '10');
      await commit(clusters, 'tail', { orders: [10, 10] });
      await draining.result;
    },
  },
  {
    promise: 'nothingLost',
    fault: 'records deleted before a group read them',
    title: 'A commit below the log start holds, and stays in the ledger and in its summary when the group reads on',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'billing', { orders: [2] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      await deleteRecords(clusters, 'orders', 5);
      await assert.rejects(
        world.step('releaseGroups'),
        holding('GroupsBlocked', /billing: orders\/0: 3 offsets below the log start 5 were never read/),
      );
      await commit(clusters, 'billing', { orders: [10] });
      // The worker that resumes knows of the loss, though nothing shows it any more.
      const done = await world.step('releaseGroups');
      assert.match(done.detail, /3 offsets of orders\/0 were lost to billing/);
      const { progress } = await world.ledger();
      assert.deepEqual(progress.losses, [{ group: 'billing', topic: 'orders', partition: 0, missing: '3' }]);
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a waiver arrives while a group is released, and while groups are swept',
    title:
      'A waiver in the middle of a round takes nothing back: seals, who ran at its release, and offsets that were lost',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      for (const group of ['audit', 'slow']) await commit(clusters, group, { orders: [4] });
      const reader = client(blue.bootstrap, 'app+bluegreen').consumer({ groupId: 'billing', maxWaitTimeInMs: 100 });
      await reader.connect();
      let world: World;
      try {
        await reader.subscribe({ topics: ['orders'], fromBeginning: true });
        let read = 0;
        await reader.run({
          eachMessage: async () => {
            read += 1;
          },
        });
        await eventually('the group reads blue', () => read === 10);
        world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
        await world.prepare();
        await world.step('freeze');
        await deleteRecords(clusters, 'orders', 6);
        await world.interrupted('releaseGroups', beats => beats.at(-1)?.releasing === 'billing');
      } finally {
        await reader.disconnect();
      }
      const [sealed] = (await world.ledger()).ledger.sealed;
      assert.equal(sealed?.group, 'billing');
      await commit(clusters, 'audit', { orders: [10] });
      await world.interrupted(
        'releaseGroups',
        beats => beats.at(-1)?.sweptAt !== undefined && beats.some(b => b.released === 'billing'),
      );
      await commit(clusters, 'slow', { orders: [10] });
      const done = await world.step('releaseGroups');
      assert.match(done.detail, /2 offsets of orders\/0 were lost to audit, 2 offsets of orders\/0 were lost to slow/);
      const { ledger, releases } = await world.ledger();
      assert.deepEqual(
        ledger.sealed.find(s => s.group === 'billing'),
        sealed,
      );
      assert.deepEqual(
        releases.map(r => [r.group, r.members, r.pending]),
        [
          ['billing', 1, undefined],
          ['audit', 0, undefined],
          ['slow', 0, undefined],
        ],
      );
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'holds',
    fault: 'a commit beyond the end',
    title: 'A commit beyond the frozen end is not drained: it holds until somebody puts it right or waives the group',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'billing', { orders: [12] });
      const world = await openWorld(clusters);
      await world.prepare();
      await world.step('freeze');
      await assert.rejects(
        world.step('drainFirstGroup'),
        holding('GroupsBlocked', /billing: orders\/0: committed 12, beyond the end 10/),
      );
      await commit(clusters, 'billing', { orders: [10] });
      await world.step('drainFirstGroup');
      await world.step('releaseGroups');
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'holds',
    fault: 'a group is deleted while it drains',
    title: 'A group that vanishes before it was proved read holds until it is waived, with who and why',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'billing', { orders: [4] });
      await commit(clusters, 'audit', { orders: [10] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('it is behind', () => leftOf(draining, 'billing') === '6');
      await deleteGroup(clusters, 'billing');
      await assert.rejects(
        draining.result,
        holding('GroupsBlocked', /billing: the group is gone before its records were proved read/),
      );
      world.waivers.push({ kind: 'group', name: 'billing', ...ada });
      await world.step('releaseGroups');
      const { ledger } = await world.ledger();
      assert.deepEqual(ledger.excused, [{ group: 'billing', why: 'abandoned: as agreed', by: 'ada' }]);
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'holds',
    fault: 'a topic is deleted while it drains',
    title:
      'A topic that is deleted from blue while a group still reads it holds, by name, in the drain and before the deletion',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }, { topic: 'payments' }]);
      await produce(clusters, 'orders', 10);
      await produce(clusters, 'payments', 10);
      await commit(clusters, 'billing', { orders: [4], payments: [10] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('it is behind', () => leftOf(draining, 'billing') === '6');
      await deleteTopic(clusters, 'orders');
      const gone = /orders.*deleted from blue/;
      await assert.rejects(draining.result, holding('TopicDeleted', gone));
      world.waivers.push({ kind: 'topic', name: 'orders', ...ada });
      await world.step('releaseGroups');
      assert.deepEqual(await rowsOf(world, 'billing'), { 'payments/0': 'drained' });
      await world.step('proveBlueDrained');
      await deleteTopic(clusters, 'payments');
      await assert.rejects(world.step('proveBlueDrained'), holding('TopicDeleted', /payments.*deleted from blue/));
    },
  },
  {
    promise: 'holds',
    fault: 'the ticket and the seed of a released group are gone, and a worker that wakes late holds it again',
    title: 'A released group that has not started on green yet is released and seeded again in the next round',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'billing', { orders: [4] });
      await commit(clusters, 'audit', { orders: [10] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      const isReleased = async () => {
        const ticket = (await readTickets(green, ['audit'])).get('audit');
        return ticket?.kind === 'ticket' && ticket.ticket.state === 'released';
      };
      await eventually('audit is released', isReleased);
      await deleteCommit({ ...clusters, blue: green }, 'audit', 'orders', 0);
      const metadata = formatTicket({ deployment: 'abcdef012345', state: 'held' });
      const held = { topic: TICKET_TOPIC, partitions: [{ partition: 0, offset: '0', metadata }] };
      assert.deepEqual(await commitFor(green, 'audit', [held]), { kind: 'committed' });
      await eventually('it is released again', isReleased);
      await eventually('it is seeded again', async () => {
        const committed = (await readCommitted(green, ['audit'])).get('audit') ?? [];
        return committed.some(c => c.topic === 'orders' && c.offset === 0n);
      });
      await commit(clusters, 'billing', { orders: [10] });
      await draining.result;
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a topic is deleted and created anew, before the freeze and while it drains',
    title:
      'A topic that only has the name of one that was deleted from blue is not taken for it: it holds until it is waived',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'early' }, { topic: 'late' }, { topic: 'payments' }]);
      for (const topic of ['early', 'late', 'payments']) await produce(clusters, topic, 10);
      await commit(clusters, 'billing', { early: [4], late: [4], payments: [10] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      const recreate = async (topic: string) => {
        await deleteTopic(clusters, topic);
        await createTopics(blue, [{ topic }]);
      };
      await recreate('early');
      const anew = (topic: string) =>
        holding('TopicDeleted', new RegExp(`^${topic}: deleted from blue and created anew after preflight`));
      await assert.rejects(world.step('freeze'), anew('early'));
      world.waivers.push({ kind: 'topic', name: 'early', ...ada });
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('it is behind', () => leftOf(draining, 'billing') === '6');
      await recreate('late');
      await assert.rejects(draining.result, holding('TopicDeleted', /^late: deleted from blue/));
      await assert.rejects(world.step('releaseGroups'), anew('late'));
      await assert.rejects(world.step('freeze'), anew('late'));
      world.waivers.push({ kind: 'topic', name: 'late', ...ada });
      await world.step('freeze');
      await world.step('releaseGroups');
      assert.deepEqual(await rowsOf(world, 'billing'), { 'payments/0': 'drained' });
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'logs that end in markers and aborted batches',
    title:
      'Markers and aborted batches behind a commit are read and found empty; one committed record among them is not',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'aborted' }, { topic: 'marked' }, { topic: 'mixed' }]);
      await producing(client(clusters.blue.bootstrap), { transactionalId: 'cases' }, async producer => {
        await transact(producer, 'marked', 5, 'commit'); // 0-4, marker 5
        await transact(producer, 'aborted', 3, 'commit'); // 0-2, marker 3
        for (let i = 0; i < 3; i += 1) await transact(producer, 'aborted', 4, 'abort'); // 4-7, marker 8; …; end 19
        await transact(producer, 'mixed', 2, 'commit'); // 0-1, marker 2
        await transact(producer, 'mixed', 2, 'abort'); // 3-4, marker 5
        await transact(producer, 'mixed', 1, 'commit'); // 6, marker 7
        await transact(producer, 'mixed', 2, 'abort'); // 8-9, marker 10
      });
      await commit(clusters, 'billing', { aborted: [3], marked: [5], mixed: [2] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('only the mixed log is behind', () => draining.beats.at(-1)?.worst?.[0]?.state === 'behind');
      await commit(clusters, 'billing', { mixed: [7] });
      await draining.result;
      const tails = (await world.rows('billing')).map(r => [r.topic, r.state.kind === 'drained' && r.state.tail]);
      assert.deepEqual(tails, [
        ['aborted', '16'],
        ['marked', '1'],
        ['mixed', '4'],
      ]);
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a transaction is open when blue is fenced',
    title:
      'A transaction that is open at the freeze is waited for, commits, and its records are drained like all others',
    run: async clusters => {
      await createTopics(clusters.blue, [{ topic: 'orders' }]);
      await commit(clusters, 'billing', { orders: [0] });
      const world = await openWorld(clusters);
      await world.prepare();
      await producing(client(clusters.blue.bootstrap), { transactionalId: 'open' }, async producer => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: 'orders', messages: values(4) });
        const freezing = world.start('freeze');
        await eventually('the freeze waits for it', () => (freezing.beats.at(-1)?.transactions ?? 0) > 0);
        await transaction.commit();
        await freezing.result;
      });
      const draining = world.start('releaseGroups');
      await eventually('its records count', () => leftOf(draining, 'billing') === '5');
      await commit(clusters, 'billing', { orders: [4] });
      await draining.result;
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'retention of a second on a backlog',
    title: 'Records older than their retention stay while they drain, and expire again when blue is opened again',
    run: async clusters => {
      const brief = { 'retention.ms': '1000', 'segment.ms': '500' };
      await createTopics(clusters.blue, [
        { topic: 'orders', config: brief },
        { topic: 'metrics', config: brief },
      ]);
      await commit(clusters, 'billing', { orders: [0] });
      const world = await openWorld(clusters, { topics: [{ match: 'metrics', disposition: 'ambient' }] });
      await world.prepare();
      await produce(clusters, 'orders', 10);
      await produce(clusters, 'metrics', 10);
      await world.step('freeze');
      const start = async (topic: string) => (await readLogStarts(clusters.blue, [topic]))[topic]?.[0];
      await eventually('a topic without keep expired', async () => (await start('metrics')) === '10');
      assert.equal(await start('orders'), '0');
      const draining = world.start('drainFirstGroup');
      await eventually('all of them are still to be read', () => leftOf(draining, 'billing') === '10');
      await commit(clusters, 'billing', { orders: [10] });
      await draining.result;
      await world.step('reopenBlue');
      await eventually('they expire', async () => (await start('orders')) === '10');
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a log is compacted while it drains',
    title: 'Compaction under the drain takes superseded records from what remains, and never the last of a key',
    run: async clusters => {
      const compacting = {
        'cleanup.policy': 'compact',
        'segment.bytes': '1048576',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.001',
        'max.compaction.lag.ms': '200',
      };
      await createTopics(clusters.blue, [{ topic: 'prices', config: compacting }]);
      await commit(clusters, 'billing', { prices: [0] });
      const world = await openWorld(clusters, { topics: [{ match: 'prices', disposition: 'drain', ...ada }] });
      await world.prepare();
      const kafka = client(clusters.blue.bootstrap);
      await producing(kafka, {}, async producer => {
        for (let i = 0; i < 20; i += 1)
          await producer.send({ topic: 'prices', messages: [{ key: 'gold', value: `a price ${i} of some length` }] });
      });
      await world.step('freeze');
      const draining = world.start('releaseGroups');
      await eventually('it is behind', () => leftOf(draining, 'billing') !== undefined);
      await commit(clusters, 'billing', { prices: [19] });
      await eventually('the last record of the key is still to be read', () => leftOf(draining, 'billing') === '1');
      await commit(clusters, 'billing', { prices: [20] });
      await draining.result;
      await world.step('proveBlueDrained');
    },
  },
];

export async function produce({ blue }: Clusters, topic: string, count: number, partition = 0): Promise<void> {
  await producing(client(blue.bootstrap), {}, producer => producer.send({ topic, messages: values(count, partition) }));
}

async function transact(producer: Producer, topic: string, count: number, end: 'commit' | 'abort'): Promise<void> {
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: values(count) });
  await transaction[end]();
}

/** Sets a topic's config as by hand, whatever is there; null takes it off. */
export async function setConfig(cluster: Cluster, topic: string, key: string, value: string | null): Promise<void> {
  const there = (await readOriginals(cluster, [topic], [key]))[topic]?.[key];
  assert.ok(there);
  const to = value === null ? { kind: 'absent' as const } : { kind: 'value' as const, value };
  const changed = await changeTopicConfigs(cluster, [{ topic, key, to, from: [there] }]);
  assert.equal(changed.kind, 'done');
}

/** Offsets by topic, in order of partition. */
export async function commit(
  { blue }: Clusters,
  group: string,
  offsets: Record<string, readonly number[]>,
): Promise<void> {
  const topics = Object.entries(offsets).map(([topic, of]) => ({
    topic,
    partitions: of.map((offset, partition) => ({ partition, offset: String(offset) })),
  }));
  assert.deepEqual(await commitFor(blue, group, topics), { kind: 'committed' });
}

/** Removes the group as if it had never been. */
async function deleteGroup({ blue }: Clusters, group: string): Promise<void> {
  await withAdmin(blue.bootstrap, admin => admin.deleteGroups([group]));
}

async function deleteTopic({ blue }: Clusters, topic: string): Promise<void> {
  await withAdmin(blue.bootstrap, admin => admin.deleteTopics({ topics: [topic] }));
}

async function deleteRecords({ blue }: Clusters, topic: string, below: number): Promise<void> {
  await blue.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: BigInt(below) }] }] });
}

async function deleteCommit({ blue }: Clusters, group: string, topic: string, partition: number): Promise<void> {
  await blue.admin.deleteConsumerGroupOffsets({
    groupId: group,
    topics: [{ name: topic, partitionIndexes: [partition] }],
  });
}

async function withAdmin(
  bootstrap: string,
  use: (admin: ReturnType<ReturnType<typeof client>['admin']>) => Promise<unknown>,
): Promise<void> {
  const admin = client(bootstrap).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** What the last heartbeat says the group has left. */
export function leftOf({ beats }: Running, group: string): string | undefined {
  return beats.at(-1)?.worst?.find(w => w.group === group)?.left;
}

async function rowsOf(world: World, group: string): Promise<Record<string, string>> {
  return Object.fromEntries((await world.rows(group)).map(r => [`${r.topic}/${r.partition}`, r.state.kind]));
}
