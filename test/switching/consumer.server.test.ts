/** A group between two real clusters: it obeys its ticket and the signpost, and its handlers never run on both. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Consumer, type ConsumerConfig, Kafka, type KafkaConfig } from 'kafkajs';
import type { KafkaLike } from '../../switching/src/consumer.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { startTestCluster } from '../support/cluster.ts';
import type { DnsAnswer } from './dns-server.ts';
import { eventually } from './eventually.ts';
import { groupScenes, RUN } from './group-scenes.ts';

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);
const scenes = await groupScenes(blue, green);
const { dns, scene, steadyOnBlue, flipped, lastGroupDrained, steadyOnGreen, membersOn } = scenes;

describe('a group between two clusters', () => {
  /** kafkajs, with every consumer's beginning and end in the journal. */
  function recorded(journal: string[]): KafkaLike {
    return class {
      readonly #config: KafkaConfig;
      constructor(config: KafkaConfig) {
        this.#config = config;
      }
      consumer(config: ConsumerConfig): Consumer {
        const at = String(this.#config.brokers) === blue.bootstrap ? 'blue' : 'green';
        const consumer = new Kafka(this.#config).consumer(config);
        const connect = async () => {
          journal.push(`joins ${at}`);
          await consumer.connect();
        };
        const disconnect = async () => {
          await consumer.disconnect();
          journal.push(`left ${at}`);
        };
        return { ...consumer, connect, disconnect };
      }
    };
  }

  it('reads blue to its end while its ticket is held, then every record of green, in a whole deployment', async t => {
    const { name, say, seen, run, produce, ticket, seed, saw } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 40);
    const members = [await run(), await run()];
    await saw('blue', 40);
    say([steadyOnBlue(2n, RUN)]);
    await seed();
    await ticket('held');
    say([flipped(3n)]);
    await produce(green, 0, 40);
    await produce(blue, 40, 40);
    await saw('blue', 80);
    assert.equal(await membersOn(blue, name), 2);
    assert.equal(await membersOn(green, name), 0);
    await ticket('released');
    await saw('green', 40);
    say([lastGroupDrained(4n)]);
    say([steadyOnGreen(5n)]);
    await produce(green, 40, 40);
    await saw('green', 80);
    await eventually('both members are on green', async () => (await membersOn(green, name)) === 2);
    assert.equal(await membersOn(blue, name), 0);
    assert.ok(seen.lastIndexOf('blue 79') < seen.findIndex(value => value.startsWith('green')));
    assert.equal(new Set(seen).size, 160);
    await eventually('both members told of their switch', () => members.every(({ told }) => told.length > 0));
    for (const { told } of members) assert.deepEqual(told, ['switched: blue to green']);
  });

  it('starts on blue in the middle of the drain when its ticket is held, and on green when it is released', async t => {
    const { name, run, produce, ticket, seed, saw, seen } = await scene(t, [flipped(3n)]);
    await seed();
    await ticket('held');
    await produce(blue, 0, 8);
    await produce(green, 0, 8);
    const first = await run();
    await saw('blue', 8);
    await first.consumer.disconnect();
    assert.deepEqual(first.told, []);
    await ticket('released');
    await run();
    await saw('green', 8);
    assert.equal(seen.length, 16);
    assert.equal(await membersOn(blue, name), 0);
  });

  it('is held off green by its ticket even when the signpost already reads green', async t => {
    const { run, produce, ticket, seed, saw, name } = await scene(t, [lastGroupDrained(4n)]);
    await seed();
    await ticket('held');
    await produce(blue, 0, 8);
    await run();
    await saw('blue', 8);
    assert.equal(await membersOn(green, name), 0);
  });

  it('goes where the signpost reads when it has no ticket, and back to blue when the deployment is rolled back', async t => {
    const { say, run, produce, saw, name } = await scene(t, [lastGroupDrained(4n)]);
    await produce(blue, 0, 8);
    await produce(green, 0, 8);
    const { told } = await run();
    await saw('green', 8);
    assert.equal(await membersOn(blue, name), 0);
    say([steadyOnBlue(5n)]);
    await saw('blue', 8);
    assert.deepEqual(told, ['switched: green to blue']);
    assert.equal(await membersOn(green, name), 0);
  });

  it('lets the handler that is running finish on blue before any runs on green', async t => {
    const { name, say, run, produce, ticket, seed, saw, seen } = await scene(t, [flipped(3n)]);
    await seed();
    await ticket('held');
    await produce(blue, 0, 1);
    await produce(green, 0, 1);
    let letGo = () => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    let entered = false;
    const journal: string[] = [];
    const { consumer } = await run({ Kafka: recorded(journal) }, async value => {
      entered = true;
      if (value === 'blue 0') await held;
      journal.push(`handled ${value}`);
    });
    await eventually('the handler runs', () => entered);
    let began = false;
    consumer.on('switching', () => {
      began = true;
    });
    await ticket('released');
    await eventually('the switch began', () => began);
    say([flipped(4n)]);
    // As long as it takes to join green, were it not for the handler.
    await eventually('it looks on', () => dns.asked(signpostName(`${name}.example.com`)) >= 15);
    assert.deepEqual(seen, []);
    letGo();
    await saw('green', 1);
    assert.deepEqual(seen, ['blue 0', 'green 0']);
    const order = ['joins blue', 'handled blue 0', 'left blue', 'joins green', 'handled green 0'];
    assert.deepEqual(journal, order, 'nor does it join green before it has left blue');
  });

  for (const [what, answer, reason] of [
    ['DNS fails', () => 'fail', /^stayed: .*ESERVFAIL/],
    ['the signpost is gone', () => 'absent', /^stayed: .*is gone/],
    ['the signpost is malformed', () => ['v=1 epoch=soon'], /^stayed: .*epoch/],
    ['the epoch is older', () => [steadyOnGreen(1n)], /^stayed: .*older/],
    ['the signpost has two values', () => [steadyOnBlue(2n), steadyOnGreen(3n)], /^alarm: .*2 values/],
    ['one epoch has two contents', () => [steadyOnGreen(2n)], /^alarm: .*two contents/],
    [
      'another cluster answers at the address',
      () => [steadyOnGreen(3n).replace(/[^ =]+:9092/, blue.bootstrap)],
      /^stayed: cluster .* answers at .*, where the signpost says/,
    ],
    [
      'nobody answers at the address',
      () => [steadyOnGreen(3n).replace(/[^ =]+:9092/, '127.0.0.1:9')],
      /^stayed: cluster .* does not answer at 127.0.0.1:9/,
    ],
    [
      'its ticket cannot be read',
      () => [flipped(3n).replace(green.bootstrap, '127.0.0.1:9')],
      /^stayed: the group's ticket on cluster .* cannot be read/,
    ],
  ] as const satisfies readonly (readonly [string, () => DnsAnswer, RegExp])[])
    it(`stays on blue and says so when ${what}`, async t => {
      const { say, run, produce, saw, name } = await scene(t, [steadyOnBlue(2n)]);
      const { told } = await run();
      say(answer());
      await eventually('it says why it stays', () => told.some(line => reason.test(line)));
      await produce(blue, 0, 8);
      await saw('blue', 8);
      assert.equal(await membersOn(green, name), 0);
    });

  it('does not start while its ticket cannot be read: either cluster could be wrong', async t => {
    const { make, name } = await scene(t, [flipped(3n).replace(green.bootstrap, '127.0.0.1:9')]);
    const { consumer } = make({ connectTimeoutMs: 500 });
    await assert.rejects(consumer.connect(), /found no cluster to read .*ticket on cluster .* cannot be read/);
    assert.equal(await membersOn(blue, name), 0);
  });

  it('reads behind the record while there is no signpost, and follows the first one that appears', async t => {
    const host = blue.bootstrap.split(':')[0] ?? '';
    const { say, run, produce, saw, name } = await scene(t, 'absent', host);
    await produce(blue, 0, 8);
    const { told } = await run();
    await saw('blue', 8);
    assert.match(told[0] ?? '', /^stayed: there is no signpost/);
    say([steadyOnBlue(1n)]);
    say([steadyOnGreen(2n)]);
    await produce(green, 0, 8);
    await saw('green', 8);
    assert.equal(await membersOn(blue, name), 0);
  });

  it('alarms when its handlers crashed for good', async t => {
    const { run, produce } = await scene(t, [steadyOnBlue(1n)]);
    await produce(blue, 0, 1);
    const noRestart = { maxWaitTimeInMs: 100, retry: { retries: 0, restartOnFailure: async () => false } };
    const { told } = await run({ consumer: noRestart }, async () => {
      throw new Error('the orders table is gone');
    });
    await eventually('it alarms', () => told.length > 0);
    assert.match(told[0] ?? '', /^alarm: the consumer crashed .*the orders table is gone/);
  });
});
