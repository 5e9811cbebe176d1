/**
 * Order total on the whole product: two instances of the library write the same keys, each record acknowledged before the next of
 * its key exists, and the two logs have one order. A plain producer meanwhile keeps the run waiting, by name, until it is gone.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RecordMetadata } from 'kafkajs';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { guarantee } from '../support/guarantee.ts';
import { asOneStory } from '../support/one-story.ts';
import { assertStoredOnce, storedValues } from '../support/stored-values.ts';
import { readLog } from '../switching/cluster-work.ts';
import { audit } from '../switching/keyed-load.ts';
import { Relay } from '../switching/relay.ts';
import { addressOf, BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from './deployment.ts';
import { Eyes } from './eyes.ts';
import { StackResolver } from './stack-resolver.ts';
import { Straggler } from './straggler.ts';

const KEYS = 20;
const TOPIC = 'sequences';

describe('a deployment with order total', () => {
  asOneStory();
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let relay: Relay;
  let young: Promise<RecordMetadata[]>;
  let plain: Straggler | null = null;
  const producers: BlueGreenProducer[] = [];
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await eyes.createTopic(BLUE, TOPIC);
    await local.startWorker();
    operator = await Operator.connect(local);
    await operator.start({
      ...request,
      order: 'total',
      topics: [{ match: TOPIC, disposition: 'drain' }],
      groups: [{ match: '*', disposition: 'move' }],
    });
    const instances = [await producer('one'), await producer('other')];
    relay = new Relay(instances, TOPIC, KEYS);
    plain = await Straggler.start(await eyes.kafka(BLUE, 'plain'), 'payments');
    await operator.approve('flip');
  });
  after(async () => {
    await plain?.stop();
    await Promise.all(producers.map(p => p.disconnect()));
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function producer(name: string): Promise<BlueGreenProducer> {
    const made = new BlueGreenProducer({
      clientId: name,
      record: RECORD,
      resolver: new StackResolver(local),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      signpostPollMs: 500,
      disconnectDeadlineMs: 1_000,
    });
    producers.push(made);
    await made.connect();
    return made;
  }

  const held = (stack: string, topic: string) =>
    eyes.admin(stack, async admin => {
      const ends = await admin.fetchTopicOffsets(topic);
      return ends.reduce((sum, { high }) => sum + Number(high), 0);
    });

  test(
    ...guarantee(
      { promise: 'holds', fault: 'a plain producer writes while writers hold for order total' },
      'a plain producer that writes on is named with topic, cluster, partitions and rate, and green is not opened',
      async () => {
        const { attention, phase, stall, order } = await operator.until('it is named', s =>
          s.attention.some(sentence =>
            /^Written while writers hold: payments on blue \(\d partitions?, [\d.]+\/s\)\. Stop these producers/.test(
              sentence,
            ),
          ),
        );
        assert.deepEqual([phase, order, stall?.openedAt, attention.length], ['settle', 'total', null, 1]);
        assert.equal((await eyes.signpost())?.['write'], 'hold');
        assert.equal(plain?.refused, 0, 'blue is open to it');
      },
    ),
  );

  test('an instance that is started while writers hold connects and holds too', async () => {
    const third = await producer('young');
    young = third.send({ topic: TOPIC, messages: [{ key: 'young', value: '0' }] });
    const acknowledged = relay.acknowledged.size;
    await plain?.stop();
    await operator.until('green is opened', s => s.stall !== null && s.stall.openedAt !== null);
    assert.ok(acknowledged > 100, `only ${acknowledged} records were acknowledged before`);
  });

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'two instances write the same keys across a flip with order total' },
      'the run goes on by itself when the plain producer is gone, and the two logs have the one order in which the instances wrote',
      async context => {
        const acknowledged = relay.acknowledged.size;
        const [first] = await young;
        assert.equal(first?.topicName, TOPIC);
        await until('green takes the records of both', async () => relay.acknowledged.size > acknowledged + 5 * KEYS, {
          withinMs: 60_000,
        });
        await relay.stop();
        assert.deepEqual(relay.failures, []);
        const logs = [await read(BLUE), await read(GREEN)];
        const [onBlue = [], onGreen = []] = logs;
        assert.ok(onGreen.some(({ key }) => key === 'young'));
        assert.ok(!onBlue.some(({ key }) => key === 'young'));
        const ofTheRelay = logs.map(log => log.filter(({ key }) => key !== 'young'));
        assert.deepEqual(audit(relay.acknowledged, ofTheRelay), { lost: 0, doubled: 0, reordered: 0 });
        assert.ok(onBlue.length > 100 && onGreen.length > 100, `${onBlue.length} on blue, ${onGreen.length} on green`);
        const { stall } = await operator.status();
        const stallMs = Date.parse(stall?.openedAt ?? '') - Date.parse(stall?.heldAt ?? '');
        context.diagnostic(`writers held for ${stallMs} ms; ${onBlue.length} on blue, ${onGreen.length} on green`);
      },
    ),
  );

  test('what was acknowledged to the plain producer is on blue, and the run drains blue as ever', async () => {
    await operator.until('the groups are waited for', s => s.phase === 'drain');
    const { refused } = (await plain?.stop()) ?? { refused: -1 };
    assert.equal(refused, 0);
    const address = await addressOf(local, await eyes.bootstrap(BLUE));
    assertStoredOnce(await storedValues(address, 'payments'), plain?.acknowledged ?? []);
    assert.equal(await held(GREEN, 'payments'), 0);
    const { stragglers, order, stall } = await operator.report();
    assert.deepEqual([stragglers, order, typeof stall?.openedAt], [['payments'], 'total', 'string']);
  });

  async function read(stack: string) {
    return readLog({ bootstrap: await addressOf(local, await eyes.bootstrap(stack)) }, TOPIC);
  }
});
