/** A group between two real clusters: it obeys its ticket and the signpost, and its handlers never run on both. */
import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { ensureTicketTopic, putTicket } from '../../kafka/tickets.ts';
import type { KafkaCluster } from '../../local/cluster.ts';
import { BlueGreenConsumer, type BlueGreenConsumerOptions } from '../../switching/src/consumer.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, kafkaOf, signpostOf } from './cluster-work.ts';
import { type DnsAnswer, startDnsServer } from './dns-server.ts';
import { eventually } from './eventually.ts';

const RUN = '0123456789ab';
const PARTITIONS = 4;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const [blue, green, dns] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
  startDnsServer('127.0.0.1'),
]);
const greenAdmin = await connectCluster({ bootstrap: green.bootstrap });
await ensureTicketTopic(greenAdmin);
after(async () => {
  await greenAdmin.close();
  await dns.stop();
});

describe('a group between two clusters', () => {
  let scenes = 0;
  const steadyOnBlue = (epoch: bigint, by: string | null = null) => signpostOf([blue, green], epoch, { by });
  const flipped = (epoch: bigint) =>
    signpostOf([blue, green], epoch, { by: RUN, write: { kind: 'cluster', id: green.clusterId } });
  const lastGroupDrained = (epoch: bigint) => signpostOf([green, blue], epoch, { by: RUN, drain: blue.clusterId });
  const steadyOnGreen = (epoch: bigint) => signpostOf([green], epoch);

  /** A topic on both clusters, a group, a signpost of its own, and what handlers saw: `blue 0`, `green 1`, … */
  async function scene(t: TestContext, signpost: DnsAnswer, record?: string) {
    scenes += 1;
    const name = `scene-${scenes}`;
    const host = record ?? `${name}.example.com`;
    const say = (answer: DnsAnswer) => dns.set(signpostName(host), answer);
    say(signpost);
    await Promise.all([blue, green].map(cluster => createTopic(cluster, name, PARTITIONS)));
    const seen: string[] = [];
    const consumers: BlueGreenConsumer[] = [];
    t.after(() => Promise.all(consumers.map(consumer => consumer.disconnect())));

    function make(more: Partial<BlueGreenConsumerOptions> = {}) {
      const consumer = new BlueGreenConsumer({
        clientId: 'orders-service',
        record: host,
        groupId: name,
        resolver: { servers: [dns.server] },
        logger: quiet,
        signpostPollMs: 100,
        switchJitterMs: 20,
        consumer: { maxWaitTimeInMs: 100 },
        ...more,
      });
      consumers.push(consumer);
      const told: string[] = [];
      for (const event of ['stayed', 'alarm'] as const)
        consumer.on(event, ({ reason }) => told.push(`${event}: ${reason}`));
      consumer.on('switched', ({ from, to }) => told.push(`switched: ${colour(from)} to ${colour(to)}`));
      return { consumer, told };
    }

    async function run(more?: Partial<BlueGreenConsumerOptions>, handle = async (_value: string) => {}) {
      const made = make(more);
      await made.consumer.connect();
      await made.consumer.subscribe({ topics: [name], fromBeginning: true });
      await made.consumer.run({
        eachMessage: async ({ message }) => {
          await handle(String(message.value));
          seen.push(String(message.value));
        },
      });
      return made;
    }

    async function produce(cluster: KafkaCluster, from: number, count: number): Promise<void> {
      const producer = kafkaOf(cluster).producer();
      await producer.connect();
      const messages = Array.from({ length: count }, (_, at) => ({
        partition: at % PARTITIONS,
        value: `${colour(cluster.clusterId)} ${from + at}`,
      }));
      await producer.send({ topic: name, messages });
      await producer.disconnect();
    }

    async function ticket(state: 'held' | 'released'): Promise<void> {
      assert.deepEqual(await putTicket(greenAdmin, name, { deployment: RUN, state }), { kind: 'written' });
    }

    /** As an operator's seeds: the group's offsets on green, at the beginning. */
    async function seed(): Promise<void> {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '0' }));
      assert.equal((await commitFor(greenAdmin, name, [{ topic: name, partitions }])).kind, 'committed');
    }

    const saw = (cluster: 'blue' | 'green', count: number) =>
      eventually(
        `${count} records of ${cluster} were handled`,
        () => seen.filter(value => value.startsWith(cluster)).length >= count,
      );
    return { name, say, seen, make, run, produce, ticket, seed, saw };
  }

  const colour = (id: string | null) =>
    id === blue.clusterId ? 'blue' : id === green.clusterId ? 'green' : String(id);

  async function membersOn(cluster: KafkaCluster, group: string): Promise<number> {
    const admin = kafkaOf(cluster).admin();
    await admin.connect();
    try {
      const { groups } = await admin.describeGroups([group]);
      return groups[0]?.members.length ?? 0;
    } finally {
      await admin.disconnect();
    }
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
    const { say, run, produce, ticket, seed, saw, seen } = await scene(t, [flipped(3n)]);
    await seed();
    await ticket('held');
    await produce(blue, 0, 1);
    await produce(green, 0, 1);
    let letGo = () => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    let entered = false;
    const { consumer } = await run({}, async value => {
      entered = true;
      if (value === 'blue 0') await held;
    });
    await eventually('the handler runs', () => entered);
    let began = false;
    consumer.on('switching', () => {
      began = true;
    });
    await ticket('released');
    await eventually('the switch began', () => began);
    say([flipped(4n)]);
    assert.deepEqual(seen, []);
    letGo();
    await saw('green', 1);
    assert.deepEqual(seen, ['blue 0', 'green 0']);
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
