/** What green keeps while groups move to it. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { isReleased } from '../../activities/hold-on-green.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { readOriginals } from '../../kafka/originals.ts';
import { readTickets } from '../../kafka/tickets.ts';
import { client, createTopics, eventually, producing, values } from '../kafka/clients.ts';
import { commit, type DrainCase, leftOf, produce, setConfig } from './drain-cases.ts';
import { type Clusters, holding, openWorld, type Running, type World } from './drain-world.ts';

const KEEP = { kind: 'value', value: '-1' };

export const bakeCases: readonly DrainCase[] = [
  {
    promise: 'nothingLost',
    fault: 'a group is slow to come to green, whose topics have a short retention',
    title: 'Green keeps its records until each group that ran at its release has read what was there then',
    run: clusters =>
      withReleasedReader(clusters, async world => {
        const { green } = clusters;
        const baking = world.start('putKeepBackOnGreen');
        await eventually('it looked where the group is', () => baking.beats.some(b => b.topicsKept !== undefined));
        assert.equal(baking.beats.find(b => b.topicsKept !== undefined)?.topicsKept, 1);
        assert.deepEqual(await retention(green), KEEP);
        await commitFor(green, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '5' }] }]);
        await baking.result;
        assert.deepEqual(await retention(green), { kind: 'absent' });
      }),
  },
  {
    promise: 'holds',
    fault: 'somebody deletes blue while groups read it, and answers for what they had not read',
    title:
      'Without blue every group is released to its seed, nothing is sealed that was not proved, and green keeps what they have to read',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders', config: { 'retention.ms': '86400000' } }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'audit', { orders: [10] });
      await commit(clusters, 'billing', { orders: [4] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      await producing(client(green.bootstrap), {}, producer => producer.send({ topic: 'orders', messages: values(5) }));
      const releasing = world.start('releaseGroups');
      await eventually('one group was released', () => releasing.beats.some(b => b.released === 'audit'));
      releasing.interrupt();
      await releasing.result;

      world.blueDeleted = true;
      const asksForWaiver = holding('StackGone', /once somebody answers for that: waive topic \*, and say why/);
      for (const step of ['drainFirstGroup', 'releaseGroups'] as const)
        await assert.rejects(world.step(step), asksForWaiver);
      const before = await readTickets(green, ['billing']);
      assert.equal(isReleased(before.get('billing'), world.id), false);
      world.waivers.push({ kind: 'topic', name: '*', by: 'grace', reason: 'deleted by mistake' });
      const drained = await world.step('drainFirstGroup');
      assert.match(drained.detail, /^somebody deleted blue, .*; grace answers for that$/);
      const released = await world.step('releaseGroups');
      assert.match(released.detail, /released without a proof that they had read it: billing; grace answers/);
      const after = await readTickets(green, ['audit', 'billing']);
      for (const group of ['audit', 'billing']) assert.ok(isReleased(after.get(group), world.id), group);
      const { ledger, releases } = await world.ledger();
      assert.deepEqual(
        ledger.sealed.map(s => s.group),
        ['audit'],
      );
      assert.deepEqual(
        releases.filter(r => r.pending !== true).map(r => r.group),
        ['audit', 'billing'],
      );

      const baking = world.start('putKeepBackOnGreen');
      await eventually('it waits for the group', () => baking.beats.some(b => b.topicsKept === 1));
      await commitFor(green, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '5' }] }]);
      await baking.result;
      assert.deepEqual(await retention(green), { kind: 'value', value: '86400000' });
    },
  },
  {
    promise: 'holds',
    fault: 'somebody deletes blue before its ends are known, and answers for what was not read',
    title:
      'Without blue there are no ends to prove against: nothing is sealed, and every group is released to its seed',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
      for (const group of ['audit', 'billing']) await commit(clusters, group, { orders: [4] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      world.blueDeleted = true;
      const steps = ['settle', 'settleHeld', 'freeze', 'drainFirstGroup', 'releaseGroups', 'awaitReadersGone'] as const;
      for (const step of steps.slice(0, 3))
        await assert.rejects(
          world.step(step),
          holding('StackGone', /once somebody answers for that: waive topic \*, and say why/),
        );
      world.waivers.push({ kind: 'topic', name: '*', by: 'grace', reason: 'deleted by mistake' });
      await readingGreen(green, 'audit', async () => {
        for (const step of steps) {
          const { detail } = await world.step(step);
          assert.match(detail, /^somebody deleted blue.* grace answers for that$/, step);
        }
      });
      assert.ok(isReleased((await readTickets(green, ['billing'])).get('billing'), world.id));
      const { ledger, releases } = await world.ledger();
      assert.deepEqual(ledger.sealed, []);
      assert.deepEqual(
        releases.filter(r => r.pending !== true).map(r => r.group),
        ['audit', 'billing'],
        'one that reads green already, too',
      );
    },
  },
  {
    promise: 'holds',
    fault: 'a group never comes to green, and a topic is deleted there',
    title: 'Neither a deleted topic nor a waived group keeps the bake from its end',
    run: clusters =>
      withReleasedReader(clusters, async world => {
        const { green } = clusters;
        await green.admin.deleteTopics({ topics: ['deleted'] });
        await eventually('it is gone', async () => !(await green.metadata()).topics.some(t => t.name === 'deleted'));
        const baking = world.start('putKeepBackOnGreen');
        await eventually('it waits for the group', () => baking.beats.some(b => b.topicsKept === 1));
        baking.interrupt();
        await assert.rejects(baking.result);
        world.waivers.push({ kind: 'group', name: 'billing', by: 'ada', reason: 'it never comes back' });
        const { detail } = await world.step('putKeepBackOnGreen');
        assert.equal(
          detail,
          '1 topics of green have their own retention again; deleted meanwhile, not by this run: deleted',
        );
        assert.deepEqual(await retention(green), { kind: 'absent' });
      }),
  },
  {
    promise: 'nothingLost',
    fault:
      'somebody gives a topic of green its own retention back, and deletes records there, while a group reads blue',
    title:
      'Keep that is taken off green comes back with the next sweep, and what is gone there is never skipped unseen',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders', config: { 'retention.ms': '86400000' } }]);
      await produce(clusters, 'orders', 10);
      await commit(clusters, 'billing', { orders: [4] });
      const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
      await world.prepare();
      await world.step('freeze');
      await producing(client(green.bootstrap), {}, producer => producer.send({ topic: 'orders', messages: values(5) }));
      const draining = world.start('releaseGroups');
      await eventually('the group is behind', () => leftOf(draining, 'billing') === '6');
      await takeKeepOff(green);
      await eventually('green keeps again', async () => isDeepStrictEqual(await retention(green), KEEP));
      const swept = sweepsOf(draining);
      await eventually('every broker of green knows, and groups are swept', () => sweepsOf(draining) > swept);
      await setConfig(green, 'orders', 'retention.ms', '1000');
      await assert.rejects(
        draining.result,
        holding('ConfigChanged', /of green .*: orders retention.ms is 1000, expected/),
      );
      await setConfig(green, 'orders', 'retention.ms', '-1');
      await green.admin.deleteRecords({ topics: [{ name: 'orders', partitions: [{ partition: 0, offset: 3n }] }] });
      await commit(clusters, 'billing', { orders: [10] });
      await assert.rejects(
        world.step('releaseGroups'),
        holding(
          'SeedExpired',
          /billing \(3 offsets, such as of orders\/0\).*--to-earliest .*--topic orders, then resume/,
        ),
      );
      await commitFor(green, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '3' }] }]);
      await world.step('releaseGroups');
    },
  },
];

/** Each tells what groups have left. */
function sweepsOf({ beats }: Running): number {
  return beats.filter(beat => beat.worst !== undefined).length;
}

/** As by hand, and looks no further: the next sweep may change it before anybody sees it. */
async function takeKeepOff(green: Clusters['green']): Promise<void> {
  const { SET: configOperation } = IncrementalAlterConfigOperationTypes;
  await green.admin.incrementalAlterConfigs({
    resources: [
      {
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: 'orders',
        configs: [{ name: 'retention.ms', configOperation, value: '86400000' }],
      },
    ],
  });
}

async function retention(green: Clusters['green']) {
  return (await readOriginals(green, ['orders'], ['retention.ms']))['orders']?.['retention.ms'];
}

/** With a member of the group on green, which came there by itself. */
async function readingGreen(green: Clusters['green'], groupId: string, use: () => Promise<void>): Promise<void> {
  const reader = client(green.bootstrap, 'app').consumer({ groupId, maxWaitTimeInMs: 100 });
  await reader.connect();
  try {
    let joined = false;
    reader.on(reader.events.GROUP_JOIN, () => {
      joined = true;
    });
    await reader.subscribe({ topics: ['orders'] });
    await reader.run({ eachMessage: async () => {} });
    await eventually('it has joined', () => joined);
    await use();
  } finally {
    await reader.disconnect();
  }
}

/** A group that runs on blue, was released, and has five records to read on green. */
async function withReleasedReader(clusters: Clusters, use: (world: World) => Promise<void>): Promise<void> {
  const { blue, green } = clusters;
  await createTopics(blue, [{ topic: 'orders' }, { topic: 'deleted' }]);
  await produce(clusters, 'orders', 10);
  await commit(clusters, 'later', { deleted: [0] });
  const reader = client(blue.bootstrap, 'app+bluegreen').consumer({ groupId: 'billing', maxWaitTimeInMs: 100 });
  await reader.connect();
  try {
    await reader.subscribe({ topics: ['orders'], fromBeginning: true });
    let read = 0;
    await reader.run({
      eachMessage: async () => {
        read += 1;
      },
    });
    await eventually('the group reads blue', () => read === 10);
    const world = await openWorld(clusters);
    await world.prepare();
    await world.step('freeze');
    await producing(client(green.bootstrap), {}, producer => producer.send({ topic: 'orders', messages: values(5) }));
    await world.step('releaseGroups');
    await use(world);
  } finally {
    await reader.disconnect();
  }
}
