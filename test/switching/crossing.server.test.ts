/** A service's producer and consumer through a whole deployment at once, as an operator's run would lead them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { ensureTicketTopic, putTicket } from '../../kafka/tickets.ts';
import { BlueGreenConsumer } from '../../switching/src/consumer.ts';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, type LoggedRecord, limitRecords, readLog, signpostOf, withAdmin } from './cluster-work.ts';
import { startDnsServer } from './dns-server.ts';
import { eventually } from './eventually.ts';
import { audit, KeyedLoad } from './keyed-load.ts';

const RECORD = 'kafka.orders.example.com';
const RUN = '0123456789ab';
const TOPIC = 'orders';
const GROUP = 'billing';
const PARTITIONS = 20;
const CLEAN = { lost: 0, doubled: 0, reordered: 0 };
const FENCE = 1;

const [blue, green, dns] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
  startDnsServer('127.0.0.1'),
]);
const greenCluster: Cluster = await connectCluster({ bootstrap: green.bootstrap });
after(async () => {
  await greenCluster.close();
  await dns.stop();
});

test('a service crosses from 3.9 on ZooKeeper to 4.3 under load, and its handlers see every record once and in order', async t => {
  const say = (signpost: string) => dns.set(signpostName(RECORD), [signpost]);
  const toGreen = { by: RUN, write: { kind: 'cluster', id: green.clusterId } } as const;
  say(signpostOf([blue, green], 1n));
  await Promise.all([blue, green].map(cluster => createTopic(cluster, TOPIC, PARTITIONS)));
  const common = {
    clientId: 'orders-service',
    record: RECORD,
    resolver: { servers: [dns.server] },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    signpostPollMs: 100,
    switchJitterMs: 20,
  };
  const handled: LoggedRecord[] = [];
  const told: string[] = [];
  const consumer = new BlueGreenConsumer({ ...common, groupId: GROUP, consumer: { maxWaitTimeInMs: 100 } });
  const producer = new BlueGreenProducer(common);
  t.after(() => Promise.all([consumer.disconnect(), producer.disconnect()]));
  producer.on('switched', () => told.push('producer'));
  consumer.on('switched', () => told.push('consumer'));
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message: { offset, key, value } }) => {
      handled.push({ partition, offset, key: String(key), value: String(value) });
    },
  });
  const load = new KeyedLoad(producer, TOPIC, 50);
  await eventually('2,000 records were handled on blue', () => handled.length > 2_000);

  await ensureTicketTopic(greenCluster);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '0' }));
  await commitFor(greenCluster, GROUP, [{ topic: TOPIC, partitions }]);
  await putTicket(greenCluster, GROUP, { deployment: RUN, state: 'held' });
  say(signpostOf([blue, green], 2n, toGreen));
  await eventually('the producer switched', () => told.includes('producer'));
  await limitRecords(blue, TOPIC, FENCE);
  await eventually('the group has read blue to its end', () => isDrained());
  assert.deepEqual(told, ['producer']);
  await putTicket(greenCluster, GROUP, { deployment: RUN, state: 'released' });
  await eventually('the consumer switched', () => told.includes('consumer'));
  say(signpostOf([green, blue], 3n, { by: RUN, drain: blue.clusterId }));
  say(signpostOf([green], 4n));
  const before = load.acknowledged.size;
  await eventually('green took 1,000 more', () => load.acknowledged.size > before + 1_000);
  await load.stop();
  await eventually('all of them were handled', () => handled.length >= load.acknowledged.size);

  assert.deepEqual(load.failures, []);
  const [onBlue = [], onGreen = []] = await Promise.all([blue, green].map(cluster => readLog(cluster, TOPIC)));
  assert.ok(onBlue.length > 1_000 && onGreen.length > 1_000, `${onBlue.length} on blue, ${onGreen.length} on green`);
  assert.deepEqual(audit(load.acknowledged, [onBlue, onGreen]), CLEAN);
  assert.deepEqual(audit(load.acknowledged, [handled]), CLEAN);
});

async function isDrained(): Promise<boolean> {
  return withAdmin(blue, async admin => {
    const [committed] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
    const ends = await admin.fetchTopicOffsets(TOPIC);
    const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
    return ends.every(({ partition, high }) => high === '0' || offsets.get(partition) === high);
  });
}
