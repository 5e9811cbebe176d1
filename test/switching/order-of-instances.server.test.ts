/** Two instances that write the same keys, each acknowledged before the next is sent, through a flip that they see one after the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { createTopic, limitRecords, readLog, signpostOf } from './cluster-work.ts';
import { eventually } from './eventually.ts';
import { audit } from './keyed-load.ts';
import { Relay } from './relay.ts';

const KEYS = 12;
const PARTITIONS = 4;
const FENCE = 1;

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);
const steady = signpostOf([blue, green], 1n, { by: 'd1' });
const hold = signpostOf([blue, green], 2n, { by: 'd1', write: { kind: 'hold' } });
const onGreen = signpostOf([blue, green], 3n, { by: 'd1', write: { kind: 'cluster', id: green.clusterId } });

/** An instance that sees what its own cache holds. */
class Instance extends BlueGreenProducer {
  readonly told: string[] = [];
  readonly #cache: { text: string };

  constructor(name: string, cache = { text: steady }) {
    super({
      clientId: name,
      record: 'kafka.orders.example.com',
      resolver: { resolveTxt: async () => [[cache.text]] },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      signpostPollMs: 50,
      switchJitterMs: 20,
      disconnectDeadlineMs: 500,
    });
    this.#cache = cache;
    for (const event of ['switched', 'held'] as const) this.on(event, () => this.told.push(event));
  }

  sees(signpost: string): void {
    this.#cache.text = signpost;
  }
}

async function twoInstances(topic: string): Promise<readonly [Instance, Instance]> {
  await Promise.all([blue, green].map(cluster => createTopic(cluster, topic, PARTITIONS)));
  const instances = [new Instance('one'), new Instance('other')] as const;
  await Promise.all(instances.map(instance => instance.connect()));
  return instances;
}

async function auditBoth(topic: string, relay: Relay) {
  assert.deepEqual(relay.failures, []);
  const logs = await Promise.all([blue, green].map(cluster => readLog(cluster, topic)));
  return { ...audit(relay.acknowledged, logs), onBlue: logs[0]?.length ?? 0, onGreen: logs[1]?.length ?? 0 };
}

test('in the default order an instance that sees the flip later writes to blue what comes after records on green', async t => {
  const [one, other] = await twoInstances('each');
  t.after(() => Promise.all([one, other].map(instance => instance.disconnect())));
  const relay = new Relay([one, other], 'each', KEYS);
  await eventually('blue took 200 records', () => relay.acknowledged.size > 200);
  one.sees(onGreen);
  await eventually('one instance switched', () => one.told.includes('switched'));
  const before = relay.acknowledged.size;
  await eventually('both write on, each to its cluster', () => relay.acknowledged.size > before + 4 * KEYS);
  other.sees(onGreen);
  await eventually('the other switched', () => other.told.includes('switched'));
  await relay.stop();
  const { lost, doubled, reordered } = await auditBoth('each', relay);
  assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 });
  assert.ok(reordered > 0, 'blue, read to its end, has records that were sent after some on green');
});

test(
  ...guarantee(
    {
      promise: 'nothingLost',
      fault: 'instances write the same keys, and one of them sees neither hold nor flip in time',
    },
    'with order total whatever any instance was acknowledged comes before what any instance sends afterwards, over both logs',
    async t => {
      const [one, other] = await twoInstances('total');
      t.after(() => Promise.all([one, other].map(instance => instance.disconnect())));
      const relay = new Relay([one, other], 'total', KEYS);
      await eventually('blue took 200 records', () => relay.acknowledged.size > 200);
      one.sees(hold);
      await eventually('one instance holds', () => one.told.includes('held'));
      await limitRecords(blue, 'total', FENCE);
      one.sees(onGreen);
      await eventually('it switched', () => one.told.includes('switched'));
      await eventually('the fence stops the other', () => other.told.includes('held'));
      assert.ok(!other.told.includes('switched'), 'it has seen no signpost since');
      other.sees(onGreen);
      const before = relay.acknowledged.size;
      await eventually('green takes the records of both', () => relay.acknowledged.size > before + 200);
      await relay.stop();
      const { onBlue, onGreen: taken, ...harm } = await auditBoth('total', relay);
      assert.deepEqual(harm, { lost: 0, doubled: 0, reordered: 0 });
      assert.ok(onBlue > 100 && taken > 100, `${onBlue} on blue, ${taken} on green`);
    },
  ),
);

test('an instance that starts while writers hold connects, keeps what it is given, and writes it to green once that is opened', async t => {
  const topic = 'started-in-hold';
  await Promise.all([blue, green].map(cluster => createTopic(cluster, topic, PARTITIONS)));
  const instance = new Instance('young', { text: hold });
  t.after(() => instance.disconnect());
  await instance.connect();
  assert.deepEqual(instance.told, ['held']);
  const answers = Array.from({ length: 20 }, (_, n) =>
    instance.send({ topic, messages: [{ key: 'same', value: String(n) }] }),
  );
  const first = await Promise.race([answers[0], eventually('time passes', () => false, 500).catch(() => 'waits')]);
  assert.equal(first, 'waits');
  assert.deepEqual(await Promise.all([blue, green].map(cluster => readLog(cluster, topic))), [[], []]);
  instance.sees(onGreen);
  await Promise.all(answers);
  assert.deepEqual(await readLog(blue, topic), []);
  assert.deepEqual(
    (await readLog(green, topic)).map(({ value }) => value),
    Array.from({ length: 20 }, (_, n) => String(n)),
  );
});

test('an instance that starts while writers hold and is disconnected says that nothing of what it was given was sent', async () => {
  const instance = new Instance('impatient', { text: hold });
  await instance.connect();
  const answer = instance.send({ topic: 'never', messages: [{ value: 'x' }] });
  const refused = assert.rejects(answer, /was disconnected before the record was sent/);
  await instance.disconnect();
  await refused;
});
