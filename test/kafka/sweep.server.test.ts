import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { sweepGroups } from '../../kafka/sweep.ts';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { createTopics } from './clients.ts';

const fronted = await startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 });
const cluster = await connectCluster({ bootstrap: fronted.proxy.bootstrap });

suite('A sweep of groups', () => {
  after(() => cluster.close());

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'a coordinator leaves a group out of its list' },
      'A group that its coordinator does not list is asked for by name, and never taken for vanished while it is there',
      async () => {
        await createTopics(cluster, [{ topic: 'orders' }]);
        const commit = (group: string) =>
          commitFor(cluster, group, [{ topic: 'orders', partitions: [{ partition: 0, offset: '0' }] }]);
        await commit('billing');
        fronted.proxy.inject([{ api: 'ListGroups', times: 10, kind: { kind: 'stale' } }]);
        const before = await sweepGroups(cluster);
        assert.deepEqual(
          before.groups.map(g => [g.group, g.kind]),
          [['billing', 'seen']],
        );
        await commit('shipping');
        const expected = ['billing', 'never-was', 'shipping'];
        const sweep = await sweepGroups(cluster, { expected });
        assert.equal(sweep.kind, 'complete');
        assert.deepEqual(
          sweep.groups.map(g => [g.group, g.kind === 'unseen' ? g.reason : g.kind]),
          [
            ['billing', 'seen'],
            ['shipping', 'its coordinator did not list it'],
          ],
        );
        fronted.proxy.inject([]);
        const again = await sweepGroups(cluster, { expected });
        assert.deepEqual(
          again.groups.map(g => [g.group, g.kind]),
          [
            ['billing', 'seen'],
            ['shipping', 'seen'],
          ],
        );
      },
    ),
  );
});
