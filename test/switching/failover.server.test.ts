import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, limitRecords, readLog, signpostOf } from './cluster-work.ts';
import { eventually } from './eventually.ts';
import { audit, KeyedLoad } from './keyed-load.ts';

const PARTITIONS = 20;

const [blue, green] = await Promise.all([
  startTestCluster({
    version: '3.9.2',
    metadataMode: 'kraft',
    brokers: 3,
    // A dead broker's partitions get another leader after three seconds, not nine.
    config: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' },
  }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);

test('a broker that leads partitions is killed during the switch, and nothing is lost, doubled or reordered', async () => {
  const topic = 'failover';
  await Promise.all([blue, green].map(cluster => createTopic(cluster, topic, PARTITIONS)));
  let text = signpostOf([blue, green], 1n);
  const producer = new BlueGreenProducer({
    clientId: 'orders-service',
    record: 'kafka.orders.example.com',
    resolver: { resolveTxt: async () => [[text]] },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    signpostPollMs: 100,
    switchJitterMs: 0,
    kafka: { requestTimeout: 5_000 },
  });
  const moves: string[] = [];
  producer.on('switched', ({ to }) => moves.push(to));
  await producer.connect();
  const load = new KeyedLoad(producer, topic, 50);
  await eventually('blue took 1,000 records', () => load.acknowledged.size > 1_000);
  blue.kill(2);
  text = signpostOf([blue, green], 2n, { by: 'd1', write: { kind: 'cluster', id: green.clusterId } });
  await eventually('every batch that was outstanding on blue is resolved', () => moves.length === 1, 40_000);
  await limitRecords(blue, topic, 1);
  const before = load.acknowledged.size;
  await eventually('green took 500 records', () => load.acknowledged.size > before + 500);
  await load.stop();
  await producer.disconnect();
  assert.deepEqual(load.failures, []);
  assert.equal(load.acknowledged.size, load.sent);
  const logs = await Promise.all([blue, green].map(cluster => readLog(cluster, topic)));
  assert.deepEqual(audit(load.acknowledged, logs), { lost: 0, doubled: 0, reordered: 0 });
});
