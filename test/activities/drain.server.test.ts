import assert from 'node:assert/strict';
import { after, afterEach, suite, test } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { bakeCases } from './bake-cases.ts';
import { drainCases } from './drain-cases.ts';
import { clear, drainBroker } from './drain-world.ts';
import { evidenceCases } from './evidence-cases.ts';
import { freezeCases } from './freeze-cases.ts';
import { rollbackCases } from './rollback-cases.ts';

const brokers = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper', ...drainBroker }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', ...drainBroker }),
]);
const [blue, green] = await Promise.all(brokers.map(({ bootstrap }) => connectCluster({ bootstrap })));
assert.ok(blue && green);
const clusters = { blue, green };

suite('Draining as a whole, Kafka 3.9.2 on ZooKeeper to 4.3.1', { concurrency: 1 }, () => {
  afterEach(() => clear(clusters));
  after(() => Promise.all([clusters.blue.close(), clusters.green.close()]));

  for (const { title, run, promise, fault } of [
    ...drainCases,
    ...evidenceCases,
    ...bakeCases,
    ...freezeCases,
    ...rollbackCases,
  ])
    test(...guarantee({ promise, fault }, title, () => run(clusters)));
});
