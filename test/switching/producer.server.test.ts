import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlueGreenProducer, type BlueGreenProducerOptions } from '../../switching/src/producer.ts';
import { startTestCluster } from '../support/cluster.ts';
import { createTopic, limitRecords, readLog, signpostOf } from './cluster-work.ts';
import { eventually } from './eventually.ts';
import { audit, KeyedLoad } from './keyed-load.ts';

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
});
