/** What green keeps while groups move to it. */
import assert from 'node:assert/strict';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { readOriginals } from '../../kafka/originals.ts';
import { client, createTopics, eventually, producing, values } from '../kafka/clients.ts';
import { type DrainCase, produce } from './drain-cases.ts';
import { openWorld } from './drain-world.ts';

const KEEP = { kind: 'value', value: '-1' };

export const bakeCases: readonly DrainCase[] = [
  {
    promise: 'nothingLost',
    fault: 'a group is slow to come to green, whose topics have a short retention',
    title: 'Green keeps its records until each group that ran at its release has read what was there then',
    run: async clusters => {
      const { blue, green } = clusters;
      await createTopics(blue, [{ topic: 'orders' }]);
      await produce(clusters, 'orders', 10);
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
        await producing(client(green.bootstrap), {}, producer =>
          producer.send({ topic: 'orders', messages: values(5) }),
        );
        await world.step('releaseGroups');
        const retention = async () =>
          (await readOriginals(green, ['orders'], ['retention.ms']))['orders']?.['retention.ms'];

        const baking = world.start('putKeepBackOnGreen');
        await eventually('it looked where the group is', () => baking.beats.some(b => b.topicsKept !== undefined));
        assert.equal(baking.beats.find(b => b.topicsKept !== undefined)?.topicsKept, 1);
        assert.deepEqual(await retention(), KEEP);
        await commitFor(green, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '5' }] }]);
        await baking.result;
        assert.deepEqual(await retention(), { kind: 'absent' });
      } finally {
        await reader.disconnect();
      }
    },
  },
];
