/** What holds up a freeze, and what does not. */
import assert from 'node:assert/strict';
import { client, createTopics, producing, values } from '../kafka/clients.ts';
import { commit, type DrainCase, produce } from './drain-cases.ts';
import { holding, openWorld } from './drain-world.ts';

const ada = { by: 'ada', reason: 'as agreed' } as const;
/** As if the step had begun before its deadline. */
const tooLongAgo = () => ({ begun: Date.now() - 21 * 60_000 });

export const freezeCases: readonly DrainCase[] = [
  {
    promise: 'holds',
    fault: 'a transaction stays open beyond the deadline of the freeze',
    title: 'The freeze holds with what it waits for, and goes on when it is resumed',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await commit(clusters, 'billing', { orders: [0] });
      const world = await openWorld(clusters);
      await world.prepare();
      await producing(client(blue.bootstrap), { transactionalId: 'orders-writer' }, async producer => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: 'orders', messages: values(2) });
        await assert.rejects(
          world.start('freeze', tooLongAgo()).result,
          holding(
            'FreezeWaits',
            /not all were frozen within 20m: orders \(.*Transactions are open: orders-writer \(Ongoing\)\..* or waive a topic/,
          ),
        );
        await transaction.commit();
      });
      const { detail } = await world.step('freeze');
      assert.equal(detail, '1 topics (1 partitions) fenced and frozen');
    },
  },
  {
    promise: 'holds',
    fault: 'a transaction stays open on a waived topic',
    title: 'A waived topic whose ends cannot be fixed is fenced and holds up neither the freeze nor the deletion',
    run: async clusters => {
      const { blue } = clusters;
      await createTopics(blue, [{ topic: 'orders' }, { topic: 'scratch' }]);
      await produce(clusters, 'orders', 5);
      await commit(clusters, 'billing', { orders: [5] });
      const world = await openWorld(clusters, { topics: [{ match: 'scratch', disposition: 'waive', ...ada }] });
      await world.prepare();
      await producing(client(blue.bootstrap), { transactionalId: 'scratch-writer' }, async producer => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: 'scratch', messages: values(2) });
        const { detail } = await world.start('freeze', tooLongAgo()).result;
        assert.equal(detail, '1 topics (1 partitions) fenced and frozen; waived and only fenced: scratch');
        await assert.rejects(produce(clusters, 'scratch', 1), /larger/);
        await world.step('drainFirstGroup');
        await world.step('releaseGroups');
        await world.step('proveBlueDrained');
        await transaction.abort();
      });
    },
  },
];
