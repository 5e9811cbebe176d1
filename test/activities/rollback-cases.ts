/** What green keeps when the traffic goes back without it. */
import assert from 'node:assert/strict';
import { recordsHeldOnceClosed } from '../../activities/green-is-empty.ts';
import type { Activities } from '../../contract/activities.ts';
import { readOriginals } from '../../kafka/originals.ts';
import { recordsHeld } from '../../kafka/records-held.ts';
import { client, createTopics, eventually, producing, values } from '../kafka/clients.ts';
import { commit, type DrainCase, produce } from './drain-cases.ts';
import { openWorld } from './drain-world.ts';

const ada = { by: 'ada', reason: 'as agreed' } as const;
type FrozenGreen = Awaited<ReturnType<Activities['freezeGreen']>>;

const KEEP = { kind: 'value', value: '-1' };

export const rollbackCases: readonly DrainCase[] = [
  {
    promise: 'returns',
    fault: 'green took records of a topic whose records on blue were waived, and of one of its own',
    title: 'A rollback keeps every topic that it fences on green: what was written since the flip is there alone',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders' }, { topic: 'scratch', config: { 'retention.ms': '3600000' } }]);
      await produce(clusters, 'orders', 5);
      await commit(clusters, 'billing', { orders: [5] });
      const world = await openWorld(clusters, { topics: [{ match: 'scratch', disposition: 'waive', ...ada }] });
      await world.prepare();
      await createTopics(green, [{ topic: 'born' }]);
      const stranded = { born: '1', orders: '2', scratch: '3' };
      for (const [topic, count] of Object.entries(stranded))
        await producing(client(green.bootstrap), {}, producer =>
          producer.send({ topic, messages: values(Number(count)) }),
        );
      const frozen = (await world.step('freezeGreen')) as FrozenGreen;
      assert.deepEqual(frozen.stranded, stranded);
      const kept = await readOriginals(green, Object.keys(stranded), ['retention.ms', 'retention.bytes']);
      for (const [topic, configs] of Object.entries(kept))
        assert.deepEqual(configs, { 'retention.ms': KEEP, 'retention.bytes': KEEP }, topic);
    },
  },
  {
    promise: 'nothingLost',
    fault: 'producers wrote to the address of a green that is to be deleted',
    title: 'A green holds records only where a reader would get one, and what cannot be seen is not empty',
    run: async ({ green }) => {
      await createTopics(green, [{ topic: 'aborted' }, { topic: 'empty', partitions: 2 }, { topic: 'written' }]);
      const all = ['aborted', 'empty', 'written'];
      assert.deepEqual(await recordsHeld(green, all), { kind: 'empty' });
      const kafka = client(green.bootstrap);
      await producing(kafka, { transactionalId: 'aborting' }, async producer => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: 'aborted', messages: values(3) });
        await transaction.abort();
      });
      await eventually(
        "the aborted records are nobody's",
        async () => (await recordsHeld(green, all)).kind === 'empty',
      );
      await producing(kafka, {}, producer => producer.send({ topic: 'written', messages: values(2) }));
      const held = await recordsHeld(green, all);
      assert.ok(held.kind === 'holds');
      assert.deepEqual([...held.topics], [['written', 2n]]);
      assert.equal((await recordsHeld(green, ['nowhere'])).kind, 'unknown');
      await green.admin.deleteRecords({ topics: [{ name: 'written', partitions: [{ partition: 0, offset: 2n }] }] });
      assert.deepEqual(await recordsHeld(green, all), { kind: 'empty' });
    },
  },
  {
    promise: 'nothingLost',
    fault: 'a producer is about to write to the address of a green that was just seen empty',
    title: 'A green that was seen empty takes no record any more until it is deleted',
    run: async ({ green }) => {
      await createTopics(green, [{ topic: 'quiet', partitions: 2 }, { topic: 'busy' }]);
      const pace = { signal: new AbortController().signal, progress: () => undefined };
      await producing(client(green.bootstrap), {}, async producer => {
        const send = (topic: string) => producer.send({ topic, messages: values(1) });
        await send('busy');
        const held = await recordsHeldOnceClosed(green, ['quiet', 'busy'], pace);
        assert.ok(held.kind === 'holds');
        assert.deepEqual([...held.topics], [['busy', 1n]]);
        assert.deepEqual(await recordsHeldOnceClosed(green, ['quiet'], pace), { kind: 'empty' });
        for (const topic of ['quiet', 'busy']) await assert.rejects(send(topic), /larger than the max message size/);
      });
      assert.deepEqual(await recordsHeld(green, ['quiet']), { kind: 'empty' });
    },
  },
];
