/** Everything that the drain says of groups, topics and its evidence, from the newer generation of blue too. */
import assert from 'node:assert/strict';
import { after, afterEach, suite, test } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { bakeCases } from '../activities/bake-cases.ts';
import { drainCases } from '../activities/drain-cases.ts';
import { clear, drainBroker } from '../activities/drain-world.ts';
import { evidenceCases } from '../activities/evidence-cases.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';

const brokers = await Promise.all([
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', ...drainBroker }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', ...drainBroker }),
]);
const [blue, green] = await Promise.all(brokers.map(({ bootstrap }) => connectCluster({ bootstrap })));
assert.ok(blue && green);
const clusters = { blue, green };

suite('Draining as a whole, Kafka 4.3.1 to 4.3.1', { concurrency: 1 }, () => {
  afterEach(() => clear(clusters));
  after(() => Promise.all([clusters.blue.close(), clusters.green.close()]));

  for (const { title, run, promise, fault } of [...drainCases, ...evidenceCases, ...bakeCases])
    test(...guarantee({ promise, fault }, `${title} (from 4.3.1)`, () => run(clusters)));
});
