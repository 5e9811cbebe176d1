/** What an application that moves from kafkajs calls, before, between and on two real clusters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Consumer, type ConsumerConfig, Kafka, type KafkaConfig } from 'kafkajs';
import { BetweenClusters } from '../../switching/src/between-clusters.ts';
import { BlueGreenConsumer, type KafkaLike } from '../../switching/src/consumer.ts';
import { startTestCluster } from '../support/cluster.ts';
import { eventually } from './eventually.ts';
import { groupScenes } from './group-scenes.ts';

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);
const { scene, steadyOnBlue, steadyOnGreen, flipped, membersOn } = await groupScenes(blue, green);

/** kafkajs, whose consumers reach green only when they are let. */
function gateBeforeGreen(): { readonly Kafka: KafkaLike; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  class Gated {
    readonly #config: KafkaConfig;
    constructor(config: KafkaConfig) {
      this.#config = config;
    }
    consumer(config: ConsumerConfig): Consumer {
      const consumer = new Kafka(this.#config).consumer(config);
      const connect = async () => {
        if (String(this.#config.brokers) === green.bootstrap) await opened;
        await consumer.connect();
      };
      return { ...consumer, connect };
    }
  }
  return { Kafka: Gated, open: () => open() };
}

describe('a consumer that an application moved to from kafkajs', () => {
  it('is one for the compiler', () => {
    const consumer: Consumer = new BlueGreenConsumer({ clientId: 'a', record: 'kafka.example.com', groupId: 'g' });
    assert.equal(consumer.events.GROUP_JOIN, 'consumer.group_join');
    assert.ok(consumer.logger());
    assert.deepEqual(consumer.paused(), []);
    assert.throws(() => consumer.pause([{ topic: 'orders' }]), /consumer#run must be called first/);
    assert.throws(
      () => new BlueGreenConsumer({ clientId: 'a', record: 'b', groupId: '' }),
      /groupId must be a non-empty string/,
    );
  });

  it('remembers between two clusters what is paused and resumed, and refuses offsets there', async t => {
    const { name, say, seen, run, produce, saw } = await scene(t, [steadyOnBlue(1n)]);
    const { Kafka: Gated, open } = gateBeforeGreen();
    await produce(blue, 0, 4);
    await produce(green, 0, 40);
    const { consumer, told } = await run({ Kafka: Gated });
    await saw('blue', 4);
    consumer.pause([{ topic: name, partitions: [0, 1] }]);
    let left = false;
    consumer.on('switching', () => {
      left = true;
    });
    say([steadyOnGreen(2n)]);
    await eventually('it has left blue', async () => left && (await membersOn(blue, name)) === 0);
    await eventually('it is between the clusters', () => isBetween(consumer, name));
    assert.throws(() => consumer.seek({ topic: name, partition: 0, offset: '1' }), BetweenClusters);
    await assert.rejects(
      consumer.commitOffsets([{ topic: name, partition: 0, offset: '1' }]),
      /between two clusters: commitOffsets was refused, an offset of the one means nothing on the other/,
    );
    await assert.rejects(consumer.describeGroup(), BetweenClusters);
    consumer.resume([{ topic: name, partitions: [1] }]);
    consumer.pause([{ topic: name, partitions: [2] }]);
    assert.deepEqual(consumer.paused(), [{ topic: name, partitions: [0, 2] }]);
    open();
    await saw('green', 20);
    await eventually('it told that it switched', () => told.includes('switched: blue to green'));
    assert.deepEqual(consumer.paused(), [{ topic: name, partitions: [0, 2] }]);
    assert.deepEqual(
      seen.filter(value => value.startsWith('green') && [0, 2].includes(Number(value.slice(6)) % 4)),
      [],
    );
    assert.equal((await consumer.describeGroup()).members.length, 1);
    await assert.rejects(consumer.commitOffsets([{ topic: name, partition: 3, offset: '11' }]), {
      name: 'NotReadHere',
      message: /partition 3, was not read as far as offset 11 on cluster .* before the switch/,
    });
    await consumer.commitOffsets([{ topic: name, partition: 3, offset: '10' }]);
    assert.throws(() => consumer.seek({ topic: name, partition: 3, offset: '11' }), {
      name: 'NotReadHere',
      message: /seek was refused: .* partition 3, was not read as far as offset 11 on cluster/,
    });
    consumer.resume([{ topic: name }]);
    await saw('green', 40);
    assert.equal(new Set(seen).size, 44);
    const before = seen.length;
    consumer.seek({ topic: name, partition: 3, offset: '7' });
    await eventually('three records are read again', () => seen.length === before + 3);
  });

  it('keeps a pause of a handler over a crash, and takes its resume from whoever holds it', async t => {
    const { seen, runWith, produce, saw } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 3, 0);
    await produce(blue, 3, 1, 1);
    let resume = () => {};
    let crashes = 0;
    const retry = { retries: 0, initialRetryTime: 50, restartOnFailure: async () => true };
    const { consumer } = await runWith(
      {
        eachMessage: async payload => {
          const { partition, message } = payload;
          if (partition === 1 && crashes === 0) throw Object.assign(new Error('not yet'), { retriable: true });
          seen.push(String(message.value));
          if (String(message.value) === 'blue 0') resume = payload.pause();
        },
      },
      { consumer: { maxWaitTimeInMs: 100, retry } },
    );
    consumer.on(consumer.events.CRASH, () => {
      crashes += 1;
    });
    await eventually('it crashed and read on', () => crashes > 0 && seen.includes('blue 3') && seen.includes('blue 0'));
    await eventually('it is in its group again', async () => (await consumer.describeGroup()).state === 'Stable');
    assert.ok(!seen.includes('blue 1') && !seen.includes('blue 2'), seen.join());
    resume();
    await saw('blue', 4);
    assert.deepEqual(seen.toSorted(), ['blue 0', 'blue 1', 'blue 2', 'blue 3']);
  });

  it('loses nothing of a batch that eachBatch breaks off because it stops, also where batches resolve themselves', async t => {
    const { seen, runWith, produce, saw } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 40, 0);
    const stops: Promise<void>[] = [];
    const eachBatch: NonNullable<Parameters<Consumer['run']>[0]>['eachBatch'] = async payload => {
      for (const { offset, value } of payload.batch.messages) {
        if (!payload.isRunning()) return;
        seen.push(String(value));
        payload.resolveOffset(offset);
        await payload.heartbeat();
        await payload.commitOffsetsIfNecessary();
        assert.ok(payload.uncommittedOffsets().topics.length > 0);
        if (seen.length === 10) {
          stops.push(consumer.stop());
          await eventually('the batch is told to end', () => !payload.isRunning());
        }
      }
    };
    const { consumer } = await runWith({ eachBatch });
    await eventually('it was stopped', () => stops.length > 0);
    await Promise.all(stops);
    assert.equal(seen.length, 10);
    await consumer.run({ eachBatch });
    await saw('blue', 40);
    assert.deepEqual(
      seen,
      Array.from({ length: 40 }, (_, at) => `blue ${at}`),
    );
  });

  it("tells kafkajs's own events of either cluster once, and none of the end that a switch makes", async t => {
    const { name, say, make, produce, saw, seen } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 4);
    await produce(green, 0, 4);
    const { consumer, told } = make();
    const heard: string[] = [];
    const { CONNECT, GROUP_JOIN, END_BATCH_PROCESS, COMMIT_OFFSETS, STOP, DISCONNECT, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ type, payload }) => heard.push(`${type} ${payload.groupId}`));
    consumer.on(END_BATCH_PROCESS, ({ payload }) => heard.push(`done ${payload.batchSize}`));
    for (const event of [STOP, DISCONNECT, CRASH]) consumer.on(event, ({ type }) => heard.push(type));
    let commits = 0;
    const forget = consumer.on(COMMIT_OFFSETS, () => (commits += 1));
    assert.throws(() => consumer.on('consumer.nonsense' as typeof CONNECT, () => {}), /Event name should be one of/);
    await consumer.subscribe({ topics: [name], fromBeginning: true });
    await consumer.connect();
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await saw('blue', 4);
    say([steadyOnGreen(2n)]);
    await saw('green', 4);
    await eventually('it told that it switched', () => told.includes('switched: blue to green'));
    assert.ok(commits > 0);
    forget();
    assert.equal(heard.filter(what => what === `consumer.group_join ${name}`).length, 2, heard.join());
    assert.equal(heard.filter(what => what.startsWith('done')).length, 8, heard.join());
    assert.ok(!heard.includes(STOP) && !heard.includes(DISCONNECT) && !heard.includes(CRASH), heard.join());
    await consumer.disconnect();
    assert.ok(heard.includes(STOP) && heard.includes(DISCONNECT), heard.join());
  });

  it('seeks right after a run that nobody awaited, as in the documentation of kafkajs', async t => {
    const { name, make, produce, saw, seen } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 8, 0);
    const { consumer } = make();
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    const running = consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    consumer.seek({ topic: name, partition: 0, offset: '5' });
    await running;
    await consumer.run({ eachMessage: async () => assert.fail('a second run is ignored') });
    await saw('blue', 3);
    assert.deepEqual(seen, ['blue 5', 'blue 6', 'blue 7']);
    await assert.rejects(consumer.subscribe({ topic: name }), /Cannot subscribe to topic while consumer is running/);
  });

  it('can be connected again after it found no cluster, and after it was disconnected', async t => {
    const { name, say, make, produce, saw, seen } = await scene(t, 'fail');
    const { consumer } = make({ connectTimeoutMs: 300 });
    await assert.rejects(consumer.connect(), { name: 'NoPlaceToStart' });
    say([steadyOnBlue(1n)]);
    await produce(blue, 0, 4);
    for (const from of [0, 4]) {
      if (from > 0) await produce(blue, from, 4);
      await consumer.connect();
      await consumer.subscribe({ topic: name, fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
      await saw('blue', from + 4);
      await consumer.disconnect();
    }
    assert.equal(new Set(seen).size, 8);
    say('absent');
    await assert.rejects(consumer.connect(), /is gone/, 'who ever saw a signpost never goes back to the record');
  });

  it('leaves nobody behind in its group when it ends while it joins anew after a crash', async t => {
    const { name, seen, run, runWith, produce } = await scene(t, [flipped(1n)]);
    let letGo = () => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const slow = await run(undefined, () => held);
    const crashing = await runWith(
      {
        eachMessage: async () => {
          throw Object.assign(new Error('not yet'), { retriable: true });
        },
      },
      { consumer: { maxWaitTimeInMs: 100, retry: { retries: 1, initialRetryTime: 50 } } },
    );
    let crashes = 0;
    crashing.consumer.on(crashing.consumer.events.CRASH, () => {
      crashes += 1;
    });
    await eventually('both are members', async () => (await membersOn(blue, name)) === 2);
    await produce(blue, 0, 8);
    await eventually('one crashed, and joins while the other is busy', async () => {
      const { state, members } = await slow.consumer.describeGroup();
      return crashes > 0 && state === 'PreparingRebalance' && members.length === 2;
    });
    const ended = crashing.consumer.disconnect();
    letGo();
    await ended;
    await eventually('the other reads on', () => seen.length >= 8);
    await eventually('it is alone', async () => (await membersOn(blue, name)) === 1);
  });
});

/** Nothing is joined and nothing is left over. */
function isBetween(consumer: BlueGreenConsumer, topic: string): boolean {
  try {
    consumer.seek({ topic, partition: 3, offset: '-2' });
    return false;
  } catch (error) {
    return error instanceof BetweenClusters;
  }
}
