import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { Accumulator } from '../../switching/src/accumulator.ts';
import { type Destination, deliver, type Outcome } from '../../switching/src/delivery.ts';
import { evidenceOf } from '../../switching/src/errors.ts';
import { Lane } from '../../switching/src/lane.ts';
import type { WireRecord } from '../../switching/src/record-batch.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, kafkaOf, limitRecords, readLog } from './cluster-work.ts';
import { eventually } from './eventually.ts';

const clusters = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);

for (const cluster of clusters) {
  async function opened(): Promise<Lane> {
    const { bootstrap, clusterId } = cluster;
    const lane = await Lane.open(
      { config: { clientId: 'test' }, seeds: bootstrap.split(','), clusterId },
      new AbortController().signal,
    );
    after(() => lane.close());
    return lane;
  }

  /** Returns when the leader refuses: brokers learn of a changed config some moments after it is accepted. */
  async function fence(topic: string, bytes: number, produce: () => Promise<unknown>): Promise<void> {
    await limitRecords(cluster, topic, bytes);
    const refused = () =>
      produce().then(
        () => false,
        (error: unknown) => evidenceOf(error).kind === 'too-large',
      );
    await eventually(`${topic} is fenced`, refused);
  }

  function batchesOf(topic: string, lane: Lane, values: readonly string[]) {
    const accumulator = new Accumulator<WireRecord>(1_000_000);
    const next = () => {
      for (const value of values) {
        const record = { key: 'k', value, timestamp: Date.now(), headers: {} };
        accumulator.add(topic, 0, { payload: record, bytes: 100, compression: 0 });
      }
      const [queue] = accumulator.ready;
      assert.ok(queue);
      const batch = accumulator.take(queue, lane.number);
      assert.ok(batch);
      return batch;
    };
    return { next, stored: (batch: ReturnType<typeof next>) => accumulator.settle(batch, 'stored') };
  }

  /** Delivers until the lane is no more wanted, which it is from the fence on. */
  async function deliverOn(destination: Destination, batch: ReturnType<ReturnType<typeof batchesOf>['next']>) {
    let wanted = true;
    const outcome: Outcome = await deliver(batch, destination, {
      wanted: () => wanted,
      reached: () => undefined,
      gone: async () => false,
      fenced: async () => {
        wanted = false;
      },
      pause: async () => undefined,
      rightMissing: missing => assert.fail(missing),
      givingUp: new AbortController().signal,
    });
    return outcome;
  }

  describe(`a batch on its way to Kafka ${cluster.version}`, () => {
    test('whose answer is lost before its topic is fenced is found stored on its leader', async () => {
      await createTopic(cluster, 'answer-lost', 1);
      const lane = await opened();
      const batches = batchesOf('answer-lost', lane, ['a', 'b']);
      const first = batches.next();
      assert.equal((await deliverOn(lane, first)).kind, 'stored');
      batches.stored(first);
      let lost = 0;
      const losing: Destination = {
        produce: async batch => {
          const answer = await lane.produce(batch, () => true);
          lost += 1;
          await fence('answer-lost', 1, () => lane.produce(batch, () => true));
          throw new Error(`the connection closed before offset ${answer.baseOffset} was told`);
        },
        sightOf: (topic, partition) => lane.sightOf(topic, partition),
        maxMessageBytes: (topic, partition) => lane.maxMessageBytes(topic, partition),
        takesLittle: (topic, partition) => lane.takesLittle(topic, partition),
        forgetLeaders: topic => lane.forgetLeaders(topic),
      };
      const outcome = await deliverOn(losing, batches.next());
      assert.deepEqual(outcome, { kind: 'stored', batch: { baseOffset: '-1' }, resolved: true });
      assert.equal(lost, 1);
      assert.deepEqual(
        (await readLog(cluster, 'answer-lost')).map(({ value }) => value),
        ['a', 'b', 'a', 'b'],
      );
    });

    test('whose request is lost before its topic is fenced is known not to be stored', async () => {
      await createTopic(cluster, 'request-lost', 1);
      const lane = await opened();
      const prober = await opened();
      const probe = batchesOf('request-lost', prober, ['probe '.repeat(10)]).next();
      let requests = 0;
      const losing: Destination = {
        produce: async batch => {
          requests += 1;
          if (requests > 1) return lane.produce(batch, () => true);
          await fence('request-lost', 78, () => prober.produce(probe, () => true));
          throw new Error('the connection closed');
        },
        sightOf: (topic, partition) => lane.sightOf(topic, partition),
        maxMessageBytes: (topic, partition) => lane.maxMessageBytes(topic, partition),
        takesLittle: (topic, partition) => lane.takesLittle(topic, partition),
        forgetLeaders: topic => lane.forgetLeaders(topic),
      };
      const outcome = await deliverOn(losing, batchesOf('request-lost', lane, ['x'.repeat(40)]).next());
      assert.deepEqual(outcome, { kind: 'refused', resolved: true });
      const values = (await readLog(cluster, 'request-lost')).map(({ value }) => value);
      assert.ok(!values.includes('x'.repeat(40)));
    });

    test('is told apart from one under the fence by what a little batch meets, which is never appended', async () => {
      await createTopic(cluster, 'little', 1);
      const lane = await opened();
      assert.equal(await lane.takesLittle('little', 0), true);
      for (const bytes of [78, 1, 79]) {
        await limitRecords(cluster, 'little', bytes);
        const told = bytes > 78;
        await eventually(
          `the leader knows its limit of ${bytes}`,
          async () => (await lane.takesLittle('little', 0)) === told,
        );
      }
      assert.deepEqual(await readLog(cluster, 'little'), []);
    });

    test('is acknowledged with its old offset when it is sent again under its own sequence', async () => {
      await createTopic(cluster, 'again', 1);
      const lane = await opened();
      const batch = batchesOf('again', lane, ['a', 'b', 'c']).next();
      const answers = [await lane.produce(batch, () => true), await lane.produce(batch, () => true)];
      assert.deepEqual(
        answers.map(({ baseOffset }) => baseOffset),
        ['0', '0'],
      );
      assert.equal((await readLog(cluster, 'again')).length, 3);
      assert.deepEqual(await lane.sightOf('again', 0), { lastSequence: 2, replicated: true });
    });

    test('is stored as it was given: nothing, emptiness, any text, headers, a large value, old time stamps, compressed', async t => {
      await createTopic(cluster, 'as-given', 1);
      const lane = await opened();
      const accumulator = new Accumulator<WireRecord>(2_000_000);
      const now = Date.now();
      const records: readonly WireRecord[] = [
        { key: null, value: null, timestamp: now, headers: {} },
        { key: '', value: '', timestamp: now - 3_000_000_000, headers: {} },
        { key: 'ключ', value: '値 🟦🟩', timestamp: now - 1, headers: { one: 'ü', two: ['a', Buffer.from([0, 255])] } },
        { key: Buffer.from([0, 128, 255]), value: Buffer.alloc(600_000, 'v'), timestamp: now, headers: { none: '' } },
      ];
      for (const compression of [kafkajs.CompressionTypes.None, kafkajs.CompressionTypes.GZIP]) {
        for (const record of records) {
          accumulator.add('as-given', 0, { payload: record, bytes: 700_000, compression });
        }
      }
      const [queue] = accumulator.ready;
      assert.ok(queue);
      for (
        let batch = accumulator.take(queue, lane.number);
        batch !== null;
        batch = accumulator.take(queue, lane.number)
      ) {
        await lane.produce(batch, () => true);
        accumulator.settle(batch, 'stored');
      }
      const consumer = kafkaOf(cluster).consumer({ groupId: 'as-given', maxWaitTimeInMs: 100 });
      t.after(() => consumer.disconnect());
      const read: KafkaMessage[] = [];
      await consumer.connect();
      await consumer.subscribe({ topic: 'as-given', fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void read.push(message) });
      await eventually('all of them are read', () => read.length === 2 * records.length);
      const asBytes = (part: WireRecord['key']) => (part === null ? null : Buffer.from(part));
      assert.deepEqual(
        read.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
        [...records, ...records].map(({ key, value, timestamp }) => {
          return { key: asBytes(key), value: asBytes(value), timestamp: String(timestamp) };
        }),
      );
      assert.deepEqual(
        { ...read[2]?.headers },
        { one: Buffer.from('ü'), two: [Buffer.from('a'), Buffer.from([0, 255])] },
      );
      assert.deepEqual({ ...read[3]?.headers }, { none: Buffer.alloc(0) });
    });
  });
}

test('a lane refuses a cluster that is not the expected one', async () => {
  const [first, second] = clusters;
  const seeds = first.bootstrap.split(',');
  const { signal } = new AbortController();
  const open = Lane.open({ config: { clientId: 'test' }, seeds, clusterId: second.clusterId }, signal);
  await assert.rejects(open, new RegExp(`Cluster ${first.clusterId} answered where ${second.clusterId} was expected`));
});
