import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlueGreenProducer, type BlueGreenProducerOptions } from '../../switching/src/producer.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, limitRecords, readLog, signpostOf, topicsOf } from './cluster-work.ts';
import { eventually } from './eventually.ts';
import { audit, KeyedLoad } from './keyed-load.ts';
import { silentAddress } from './silent-address.ts';

const RECORD = 'kafka.orders.example.com';
const CLEAN = { lost: 0, doubled: 0, reordered: 0 };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

class Signposts {
  text: string | Error;
  constructor(text: string | Error) {
    this.text = text;
  }
  async resolveTxt(): Promise<string[][]> {
    if (this.text instanceof Error) throw this.text;
    return [[this.text]];
  }
}

function producerOf(resolver: Signposts, more: Partial<BlueGreenProducerOptions> = {}): BlueGreenProducer {
  return new BlueGreenProducer({
    clientId: 'orders-service',
    record: RECORD,
    resolver,
    logger: quiet,
    signpostPollMs: 100,
    switchJitterMs: 20,
    ...more,
  });
}

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
]);

describe('a producer between two clusters', () => {
  const flipped = (epoch: bigint) =>
    signpostOf([blue, green], epoch, { by: 'd1', write: { kind: 'cluster', id: green.clusterId } });

  async function topicOnBoth(topic: string, partitions: number): Promise<void> {
    await Promise.all([blue, green].map(cluster => createTopic(cluster, topic, partitions)));
  }

  async function auditBoth(load: KeyedLoad, topic: string) {
    const logs = await Promise.all([blue, green].map(cluster => readLog(cluster, topic)));
    assert.deepEqual(audit(load.acknowledged, logs), CLEAN);
    assert.deepEqual(load.failures, []);
    assert.equal(load.acknowledged.size, load.sent);
    return { onBlue: logs[0]?.length ?? 0, onGreen: logs[1]?.length ?? 0 };
  }

  test('moves at a flip under load, and nothing is lost, doubled or reordered over both logs', async () => {
    await topicOnBoth('flip', 20);
    const signposts = new Signposts(signpostOf([blue, green], 1n));
    const producer = producerOf(signposts);
    const moves: string[] = [];
    producer.on('switched', ({ to }) => moves.push(to));
    await producer.connect();
    const load = new KeyedLoad(producer, 'flip', 50);
    await eventually('blue took 1,000 records', () => load.acknowledged.size > 1_000);
    signposts.text = flipped(2n);
    await eventually('the producer switched', () => moves.length === 1);
    const before = load.acknowledged.size;
    await eventually('green took 1,000 records', () => load.acknowledged.size > before + 1_000);
    await load.stop();
    await producer.disconnect();
    const { onBlue, onGreen } = await auditBoth(load, 'flip');
    assert.ok(onBlue > 500 && onGreen > 500, `${onBlue} on blue, ${onGreen} on green`);
    assert.deepEqual(moves, [green.clusterId]);
  });

  test('holds what a fence refuses while batches are outstanding, and takes it to green in order', async () => {
    await topicOnBoth('fenced', 20);
    const signposts = new Signposts(signpostOf([blue, green], 1n));
    const producer = producerOf(signposts);
    const held: string[] = [];
    producer.on('held', ({ reason }) => held.push(reason));
    await producer.connect();
    const load = new KeyedLoad(producer, 'fenced', 50);
    await eventually('blue took 500 records', () => load.acknowledged.size > 500);
    await limitRecords(blue, 'fenced', 1);
    await eventually('the producer noticed the fence', () => held.length > 0);
    const sent = load.sent;
    await eventually('records pile up', () => load.sent > sent + 500);
    signposts.text = flipped(2n);
    await eventually('green took what was held', () => load.acknowledged.size > sent + 500);
    await load.stop();
    await producer.disconnect();
    await auditBoth(load, 'fenced');
    assert.match(held[0] ?? '', /topic fenced of cluster .* is fenced/);
  });

  test('goes to green and, rolled back by way of a hold, to blue again, under load', async () => {
    await topicOnBoth('rollback', 20);
    const signposts = new Signposts(signpostOf([blue, green], 1n));
    const producer = producerOf(signposts);
    const moves: string[] = [];
    const held: string[] = [];
    producer.on('switched', ({ to }) => moves.push(to));
    producer.on('held', ({ reason }) => held.push(reason));
    await producer.connect();
    const load = new KeyedLoad(producer, 'rollback', 50);
    await eventually('blue took 500 records', () => load.acknowledged.size > 500);
    signposts.text = flipped(2n);
    await eventually('the producer is on green', () => moves.length === 1);
    const onGreen = load.acknowledged.size;
    await eventually('green took 500 records', () => load.acknowledged.size > onGreen + 500);
    signposts.text = signpostOf([blue, green], 3n, { by: 'd1', write: { kind: 'hold' } });
    await eventually('the producer holds', () => held.length === 1);
    await limitRecords(green, 'rollback', 1);
    const sent = load.sent;
    await eventually('records pile up', () => load.sent > sent + 500);
    const endsOfGreen = (await readLog(green, 'rollback')).length;
    signposts.text = signpostOf([blue, green], 4n);
    await eventually('blue took what was held', () => load.acknowledged.size > sent + 500);
    await load.stop();
    await producer.disconnect();
    assert.deepEqual(moves, [green.clusterId, blue.clusterId]);
    assert.equal((await readLog(green, 'rollback')).length, endsOfGreen);
    const [logOfBlue, logOfGreen] = await Promise.all([blue, green].map(cluster => readLog(cluster, 'rollback')));
    const { lost, doubled } = audit(load.acknowledged, [logOfBlue ?? [], logOfGreen ?? []]);
    assert.deepEqual({ lost, doubled, failures: load.failures }, { lost: 0, doubled: 0, failures: [] });
    for (const log of [logOfBlue, logOfGreen]) assert.equal(audit(new Set(), [log ?? []]).reordered, 0);
    assert.equal(load.acknowledged.size, load.sent);
  });

  const reasonsToStay: readonly (readonly [string, () => string | Error, RegExp])[] = [
    ['the signpost is malformed', () => 'v=1 epoch=2 write=?', /does not say by/],
    ['the name server fails', () => Object.assign(new Error('refused'), { code: 'ESERVFAIL' }), /ESERVFAIL/],
    ['the signpost is gone', () => Object.assign(new Error('none'), { code: 'ENOTFOUND' }), /is gone/],
    ['the signpost is older than one seen before', () => flipped(1n), /older/],
    [
      'another cluster answers at the address',
      () => flipped(9n).replace(`${green.clusterId}=${green.bootstrap}`, `${green.clusterId}=${blue.bootstrap}`),
      new RegExp(`cluster ${blue.clusterId} answers`),
    ],
    [
      'nobody answers at the address',
      () => flipped(9n).replace(`${green.clusterId}=${green.bootstrap}`, `${green.clusterId}=127.0.0.1:9`),
      /127\.0\.0\.1:9/,
    ],
    [
      'green lacks a partition',
      () => flipped(9n),
      /cannot take records of only-on-blue: Topic only-on-blue does not exist/,
    ],
  ];
  for (const [what, said, reason] of reasonsToStay) {
    test(`stays on blue and says so when ${what}`, async () => {
      if (!(await topicsOf(blue)).includes('only-on-blue')) await createTopic(blue, 'only-on-blue', 2);
      const signposts = new Signposts(signpostOf([blue, green], 5n));
      const producer = producerOf(signposts);
      const reasons: string[] = [];
      producer.on('stayed', told => reasons.push(told.reason));
      producer.on('alarm', told => reasons.push(told.reason));
      await producer.connect();
      await producer.send({ topic: 'only-on-blue', messages: [{ key: 'k', value: 'before' }] });
      signposts.text = said();
      await eventually('it says why it stays', () => reasons.some(one => reason.test(one)));
      const [receipt] = await producer.send({ topic: 'only-on-blue', messages: [{ key: 'k', value: 'after' }] });
      assert.equal(receipt?.errorCode, 0);
      await producer.disconnect();
      const lastTwo = (await readLog(blue, 'only-on-blue')).slice(-2);
      assert.deepEqual(
        lastTwo.map(({ value }) => value),
        ['before', 'after'],
      );
    });
  }

  test('without a signpost writes to the cluster behind the record, and follows the first signpost', async () => {
    await topicOnBoth('first-signpost', 1);
    const [host = '', port] = blue.bootstrap.split(':');
    const signposts = new Signposts(Object.assign(new Error('none'), { code: 'ENODATA' }));
    const producer = producerOf(signposts, { record: host, port: Number(port) });
    const moves: string[] = [];
    producer.on('switched', ({ to }) => moves.push(to));
    await producer.connect();
    await producer.send({ topic: 'first-signpost', messages: [{ value: 'on blue' }] });
    signposts.text = flipped(1n);
    await eventually('the producer is on green', () => moves.length === 1);
    await producer.send({ topic: 'first-signpost', messages: [{ value: 'on green' }] });
    await producer.disconnect();
    assert.deepEqual(
      (await readLog(blue, 'first-signpost')).map(({ value }) => value),
      ['on blue'],
    );
    assert.deepEqual(
      (await readLog(green, 'first-signpost')).map(({ value }) => value),
      ['on green'],
    );
  });

  test('gives a record that the topic never takes back to its caller, and delivers its neighbours', async () => {
    await topicOnBoth('small', 1);
    await limitRecords(blue, 'small', 1_000);
    const producer = producerOf(new Signposts(signpostOf([blue, green], 1n)));
    await producer.connect();
    const large = 'x'.repeat(5_000);
    const tooLarge = () =>
      producer.send({ topic: 'small', messages: [{ value: large }] }).then(
        () => false,
        () => true,
      );
    await eventually('the limit stands', tooLarge);
    const sends = ['a', large, 'b'].map(value => producer.send({ topic: 'small', messages: [{ value }] }));
    const fates = await Promise.allSettled(sends);
    await producer.disconnect();
    assert.deepEqual(
      fates.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(
      (await readLog(blue, 'small')).map(({ value }) => value).filter(value => value !== large),
      ['a', 'b'],
    );
  });

  test('that waits for a green which never answers still holds, goes on and ends when it is told to', async () => {
    await topicOnBoth('silent', 1);
    const silent = await silentAddress();
    const toSilence = (epoch: bigint) => flipped(epoch).replace(green.bootstrap, silent.address);
    const signposts = new Signposts(signpostOf([blue, green], 1n));
    const producer = producerOf(signposts);
    const held: string[] = [];
    producer.on('held', ({ reason }) => held.push(reason));
    await producer.connect();
    signposts.text = toSilence(2n);
    await eventually('it asks green', () => silent.met() > 0);
    signposts.text = signpostOf([blue, green], 3n, { by: 'd1', write: { kind: 'hold' } });
    await eventually('it holds', () => held.length > 0);
    signposts.text = signpostOf([blue, green], 4n);
    await producer.send({ topic: 'silent', messages: [{ value: 'on blue' }] });
    const met = silent.met();
    signposts.text = toSilence(5n);
    await eventually('it asks green again', () => silent.met() > met);
    let ended = false;
    void producer.disconnect().then(() => {
      ended = true;
    });
    await eventually('it has ended', () => ended);
    await eventually('it asks no more', () => silent.open() === 0);
    silent.close();
    assert.deepEqual(
      (await readLog(blue, 'silent')).map(({ value }) => value),
      ['on blue'],
    );
  });

  test('that is disconnected before a fenced topic took its records says that they were not stored', async () => {
    await topicOnBoth('cut-short', 1);
    const producer = producerOf(new Signposts(signpostOf([blue, green], 1n)), { disconnectDeadlineMs: 300 });
    await producer.connect();
    await limitRecords(blue, 'cut-short', 1);
    const told: string[] = [];
    producer.on('held', ({ reason }) => told.push(reason));
    await eventually('the fence stands', async () => {
      void producer.send({ topic: 'cut-short', messages: [{ value: 'early' }] }).catch(() => undefined);
      return told.length > 0;
    });
    const sent = producer.send({ topic: 'cut-short', messages: [{ value: 'late' }] });
    const rejected = assert.rejects(sent, /were not stored/);
    await producer.disconnect();
    await rejected;
    assert.ok(!(await readLog(blue, 'cut-short')).some(({ value }) => value === 'late'));
  });
});
