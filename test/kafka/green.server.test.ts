import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { TICKET_TOPIC } from 'kafka-bluegreen-switching/ticket';
import type { Consumer } from 'kafkajs';
import type { GroupFacts } from '../../contract/inventory.ts';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { commitFor, readCommitted } from '../../kafka/commit-offsets.ts';
import { readLogStarts } from '../../kafka/log-ends.ts';
import { commitSeeds, seedOffsets, verifySeeds } from '../../kafka/seeds.ts';
import { smokeTest } from '../../kafka/smoke.ts';
import { ensureTicketTopic, putTicket, readTickets, removeTickets } from '../../kafka/tickets.ts';
import { startTestCluster } from '../support/cluster.ts';
import { client, createTopics, eventually, producing, values } from './clients.ts';

const clusters = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper' }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft' }),
]);
const held = { deployment: '0123456789ab', state: 'held' } as const;
const released = { ...held, state: 'released' } as const;
const onBlue = (group: string): GroupFacts => ({
  group,
  type: 'classic',
  state: 'Empty',
  protocolType: 'consumer',
  members: [],
  commits: [{ topic: 'orders', partition: 0, offset: '777' }],
});

suite('Each version by itself', { concurrency: true }, () => {
  for (const brokers of clusters)
    suite(`A new cluster, Kafka ${brokers.version} on ${brokers.metadataMode}`, { concurrency: 1 }, () => {
      let green: Cluster;
      const kafka = client(brokers.bootstrap);

      before(async () => {
        green = await connectCluster({ bootstrap: brokers.bootstrap });
        await createTopics(green, [{ topic: 'orders', partitions: 3 }]);
      });
      after(() => green.close());

      test('The smoke test passes, leaves nothing behind, and clears away what an interrupted one left', async () => {
        await createTopics(green, [{ topic: '_bluegreen-smoke-0123456789ab' }]);
        const result = await smokeTest({ bootstrap: brokers.bootstrap, deployment: held.deployment });
        assert.deepEqual(result.leaders, [1, 2, 3]);
        assert.equal(result.produced, 60);
        assert.equal(result.consumedInOrder, 60);
        assert.deepEqual(result.transaction, { committed: 3, abortedSeen: 0 });
        assert.deepEqual(
          result.rebalanced.toSorted((a, b) => a - b),
          [1, 2],
        );
        const { topics } = await green.metadata();
        assert.deepEqual(
          topics.filter(t => !t.internal).map(t => t.name),
          ['orders'],
        );
        const admin = kafka.admin();
        await admin.connect();
        assert.deepEqual((await admin.listGroups()).groups, []);
        await admin.disconnect();
      });

      test('Tickets are written, released, read back and removed, and touch no data offset', async () => {
        await ensureTicketTopic(green);
        await ensureTicketTopic(green);
        await commitFor(green, 'billing', [{ topic: 'orders', partitions: [{ partition: 1, offset: '7' }] }]);
        const offsets = async () =>
          ((await readCommitted(green, ['billing'])).get('billing') ?? [])
            .map(c => `${c.topic}/${c.partition} ${c.offset}`)
            .toSorted();
        assert.deepEqual(await putTicket(green, 'billing', held), { kind: 'written' });
        assert.deepEqual(await offsets(), [`${TICKET_TOPIC}/0 0`, 'orders/1 7']);
        assert.deepEqual(await putTicket(green, 'billing', held), { kind: 'written' });
        assert.deepEqual(
          await readTickets(green, ['billing', 'nobody']),
          new Map<string, unknown>([
            ['billing', { kind: 'ticket', ticket: held }],
            ['nobody', { kind: 'none' }],
          ]),
        );
        assert.deepEqual(await putTicket(green, 'billing', { ...held, deployment: 'ffffffffffff' }), {
          kind: 'foreign',
          deployment: held.deployment,
        });
        assert.deepEqual(await putTicket(green, 'billing', released), { kind: 'written' });
        assert.deepEqual(
          await putTicket(green, 'billing', held),
          { kind: 'already-released' },
          'a worker that wakes late takes nothing back',
        );
        assert.deepEqual(await offsets(), [`${TICKET_TOPIC}/0 0`, 'orders/1 7']);
        await removeTickets(green, ['billing', 'nobody']);
        await removeTickets(green, ['billing', 'nobody']);
        assert.equal((await green.metadata([TICKET_TOPIC])).topics[0]?.partitions.length, 0);
        assert.deepEqual(await offsets(), ['orders/1 7']);
      });

      test('Seeds make a group that would start at latest read everything', async () => {
        const plan = seedOffsets(
          [onBlue('shipping')],
          { topics: [], groups: [], preflightEnds: {} },
          await readLogStarts(green, ['orders']),
        );
        assert.equal(
          plan.seeds[0]?.topics[0]?.partitions.length,
          3,
          'every partition, though blue has a commit on one',
        );
        assert.deepEqual((await verifySeeds(green, plan.seeds))[0]?.state, { kind: 'unseeded', partitions: 3 });
        assert.deepEqual((await commitSeeds(green, plan.seeds))[0]?.state, { kind: 'seeded' });
        assert.deepEqual((await commitSeeds(green, plan.seeds))[0]?.state, { kind: 'seeded' });
        await producing(kafka, {}, producer => producer.send({ topic: 'orders', messages: values(12) }));
        const { consumer, read } = await reading('shipping', false);
        await eventually('everything was read', () => read() === 12);
        await consumer.disconnect();
      });

      test('A group that reads on green already is split: neither its seeds nor its ticket are written over it', async () => {
        await ensureTicketTopic(green);
        const plan = seedOffsets(
          [onBlue('early')],
          { topics: [], groups: [], preflightEnds: {} },
          await readLogStarts(green, ['orders']),
        );
        const { consumer, read } = await reading('early', true);
        await eventually('it read green', () => read() === 12);
        assert.deepEqual(await putTicket(green, 'early', held), { kind: 'split' });
        const [seeded] = await commitSeeds(green, plan.seeds);
        assert.equal(seeded?.state.kind, 'split', JSON.stringify(seeded));
        await consumer.disconnect();
        assert.deepEqual((await commitSeeds(green, plan.seeds))[0]?.state, {
          kind: 'split',
          why: 'has-read',
          read: '12',
        });
        assert.deepEqual((await commitSeeds(green, plan.seeds, { whenRead: 'again' }))[0]?.state, { kind: 'seeded' });
        assert.deepEqual(await putTicket(green, 'early', held), { kind: 'written' });
      });

      async function reading(
        groupId: string,
        fromBeginning: boolean,
      ): Promise<{ consumer: Consumer; read: () => number }> {
        const consumer = client(brokers.bootstrap).consumer({ groupId, maxWaitTimeInMs: 100 });
        let count = 0;
        await consumer.connect();
        await consumer.subscribe({ topics: ['orders'], fromBeginning });
        await consumer.run({
          eachMessage: async () => {
            count += 1;
          },
        });
        return { consumer, read: () => count };
      }
    });
});
