import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlueGreenProducer, type BlueGreenProducerOptions } from '../../switching/src/producer.ts';
import { SendTimeout } from '../../switching/src/send-timeout.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { createTopic, limitRecords, readLog, signpostOf, withAdmin } from './cluster-work.ts';
import { eventually } from './eventually.ts';
import { KeyedLoad } from './keyed-load.ts';

const PARTITIONS = 20;

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);

function producerOf(signpost: () => string, more: Partial<BlueGreenProducerOptions> = {}): BlueGreenProducer {
  return new BlueGreenProducer({
    clientId: 'orders-service',
    record: 'kafka.orders.example.com',
    resolver: { resolveTxt: async () => [[signpost()]] },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    signpostPollMs: 100,
    switchJitterMs: 0,
    ...more,
  });
}

for (const cluster of [blue, green])
  test(`a record that Kafka ${cluster.version} refuses for what it is comes back to its caller, and its neighbours are stored`, async () => {
    await withAdmin(cluster, admin =>
      admin.createTopics({
        topics: [{ topic: 'compacted', configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
      }),
    );
    const producer = producerOf(() => signpostOf([cluster], 1n));
    await producer.connect();
    const keys = ['a', 'b', null, 'c', 'd'];
    const fates = await Promise.allSettled(
      keys.map(key => producer.send({ topic: 'compacted', messages: [{ key, value: `of ${key}` }] })),
    );
    await producer.disconnect();
    assert.deepEqual(
      fates.map(fate => (fate.status === 'rejected' ? String(fate.reason.type) : 'stored')),
      ['stored', 'stored', 'INVALID_RECORD', 'stored', 'stored'],
    );
    assert.deepEqual(
      (await readLog(cluster, 'compacted')).map(({ value }) => value),
      ['of a', 'of b', 'of c', 'of d'],
    );
  });

test('a send that passes its time-out under a fence is not stored, also not when the fence is lifted', async () => {
  await createTopic(blue, 'impatient', 1);
  const producer = producerOf(() => signpostOf([blue, green], 1n), { sendTimeoutMs: 1_500 });
  const held: { records: number; bytes: number }[] = [];
  producer.on('held', told => held.push(told));
  await producer.connect();
  await producer.send({ topic: 'impatient', messages: [{ value: 'before the fence' }] });
  await limitRecords(blue, 'impatient', 1);
  const refused: SendTimeout[] = [];
  await eventually('a send runs out of time under the fence', async () => {
    const value = `${refused.length}`;
    const fate = await producer.send({ topic: 'impatient', messages: [{ key: 'k', value }] }).catch((e: unknown) => e);
    if (fate instanceof SendTimeout) refused.push(fate);
    return refused.length > 0;
  });
  const [told] = refused;
  assert.deepEqual(told?.state, { kind: 'fenced', topic: 'impatient', cluster: blue.clusterId });
  assert.equal(told?.notStored, true);
  assert.ok(held.length === 1 && held.every(({ records, bytes }) => records === 1 && bytes > 70));
  const before = await readLog(blue, 'impatient');
  await limitRecords(blue, 'impatient', null);
  await eventually('the fence is lifted', () =>
    producer.send({ topic: 'impatient', messages: [{ value: 'after the fence' }] }).then(
      () => true,
      () => false,
    ),
  );
  await producer.disconnect();
  const after = (await readLog(blue, 'impatient')).slice(before.length).map(({ value }) => value);
  assert.deepEqual([...new Set(after)], ['after the fence']);
});

const declared = { promise: 'nothingLost', fault: 'blue dies with answers outstanding and is deleted' } as const;
test(
  ...guarantee(
    declared,
    'what blue never answered before it was deleted goes to green, at most one batch of a partition, and is counted',
    async context => {
      const topic = 'left-behind';
      for (const cluster of [blue, green]) {
        await Promise.all([createTopic(cluster, topic, PARTITIONS), createTopic(cluster, 'nothing-outstanding', 1)]);
      }
      let text = signpostOf([blue, green], 1n);
      const producer = producerOf(() => text, { kafka: { requestTimeout: 5_000 }, disconnectDeadlineMs: 5_000 });
      context.after(() => producer.disconnect());
      const moves: { possiblyDoubled: number }[] = [];
      const alarms: string[] = [];
      producer.on('switched', moved => moves.push(moved));
      producer.on('alarm', ({ reason }) => alarms.push(reason));
      await producer.connect();
      const load = new KeyedLoad(producer, topic, 50);
      context.after(() => load.stop());
      await eventually('blue took 1,000 records', () => load.acknowledged.size > 1_000);
      blue.kill(1);
      const flipped = { by: 'd1', write: { kind: 'cluster', id: green.clusterId } } as const;
      text = signpostOf([blue, green], 2n, flipped);
      await producer.send({ topic: 'nothing-outstanding', messages: [{ value: 'goes to green at once' }] });
      assert.equal(moves.length, 0, 'a batch is given up while the deployment still knows blue');
      text = signpostOf([green], 3n);
      await eventually('nothing is asked of blue any more', () => moves.length === 1, 40_000);
      await load.stop();
      await producer.disconnect();
      assert.deepEqual(load.failures, []);
      const counted = alarms.map(reason =>
        Number(/^(\d+) records of topic left-behind, partition \d+, may be stored twice/.exec(reason)?.[1]),
      );
      const possiblyDoubled = moves.reduce((sum, moved) => sum + moved.possiblyDoubled, 0);
      assert.ok(possiblyDoubled > 0, 'no answer was outstanding');
      assert.ok(counted.length <= PARTITIONS && new Set(alarms).size === counted.length);
      assert.equal(
        counted.reduce((sum, records) => sum + records, 0),
        possiblyDoubled,
      );
      await blue.restart(1);
      const logs = await Promise.all([blue, green].map(cluster => readLog(cluster, topic)));
      const times = new Map<string, number>();
      for (const { key, value } of logs.flat()) times.set(`${key} ${value}`, (times.get(`${key} ${value}`) ?? 0) + 1);
      assert.equal(load.acknowledged.size, load.sent);
      assert.equal(times.size, load.sent, 'a record is lost');
      const doubled = [...times.values()].filter(count => count > 1).length;
      assert.ok(doubled <= possiblyDoubled, `${doubled} doubled, ${possiblyDoubled} counted`);
    },
  ),
);
