import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { topicError } from '../../switching/src/errors.ts';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { ProducerTeller } from '../../switching/src/producer-events.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const options = { clientId: 'orders-service', record: 'kafka.orders.example.com', logger: quiet };
const UNKNOWN_TOPIC = 3;
const messages = [{ value: 'paid' }];

function both() {
  const kafka = new Kafka({ clientId: 'orders-service', brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
  return { theirs: kafka.producer({ idempotent: true }), ours: new BlueGreenProducer(options) };
}

describe('a producer that takes the place of one of kafkajs', () => {
  test('has its names of events, its idempotence and its logger', () => {
    const { theirs, ours } = both();
    assert.deepEqual(ours.events, theirs.events);
    assert.equal(ours.isIdempotent(), theirs.isIdempotent());
    assert.deepEqual(Object.keys(ours.logger()), Object.keys(theirs.logger()));
  });

  test('refuses what is sent before it is connected as it does', async () => {
    const { theirs, ours } = both();
    for (const producer of [theirs, ours])
      await assert.rejects(
        producer.send({ topic: 'orders', messages }),
        (error: Error) =>
          error instanceof kafkajs.KafkaJSError && error.message.startsWith('The producer is disconnected'),
      );
  });

  test('refuses acks that it does not write with, and a topic that is unknown, with errors of its classes', async () => {
    const resolver = {
      resolveTxt: async () => {
        throw Object.assign(new Error('no name server answers'), { code: 'ESERVFAIL' });
      },
    };
    const ours = new BlueGreenProducer({ ...options, resolver, connectTimeoutMs: 100, disconnectDeadlineMs: 1 });
    const connecting = assert.rejects(ours.connect());
    await assert.rejects(ours.send({ topic: 'orders', messages, acks: 1 }), kafkajs.KafkaJSNonRetriableError);
    const unknown = topicError(UNKNOWN_TOPIC, 'orders');
    assert.ok(unknown instanceof kafkajs.KafkaJSProtocolError);
    assert.deepEqual([unknown.type, unknown.code], ['UNKNOWN_TOPIC_OR_PARTITION', UNKNOWN_TOPIC]);
    await Promise.all([ours.disconnect(), connecting]);
  });

  test('tells that it is connected and disconnected, and refuses events that it never tells', () => {
    const teller = new ProducerTeller(quiet);
    const told: string[] = [];
    const forget = teller.on('producer.connect', ({ type }) => told.push(type));
    teller.on('producer.connect', () => {
      throw new Error('a mistake');
    });
    teller.on('producer.disconnect', ({ type }) => told.push(type));
    teller.tell('producer.connect');
    forget();
    teller.tell('producer.connect');
    teller.tell('producer.disconnect');
    assert.deepEqual(told, ['producer.connect', 'producer.disconnect']);
    assert.throws(() => teller.on('producer.network.request', () => undefined), /producer\.events\.CONNECT/);
  });
});
