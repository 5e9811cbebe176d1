import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { KafkaTrouble } from '../../kafka/errors.ts';
import { smokeTrouble } from '../../kafka/smoke.ts';

const { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSConnectionError } = kafkajs;

function trouble(error: unknown): KafkaTrouble {
  const told = smokeTrouble(error, 'green.example.com:9092');
  assert.ok(told instanceof KafkaTrouble);
  return told;
}

describe('what stops the smoke test', () => {
  test('is tried again when the client lost a broker, also where it says so by a plain error', () => {
    const lost = new KafkaJSConnectionError('Connection timeout', {});
    const exceeded = new KafkaJSNumberOfRetriesExceeded(lost, { retryCount: 8, retryTime: 200 });
    for (const error of [lost, exceeded, new Error('Broker not connected')]) {
      assert.equal(trouble(error).retriable, true, error.message);
      assert.match(trouble(error).message, /^The smoke test could not go on through green\.example\.com:9092: .*It is/);
    }
  });

  test('holds with what to do when trying again cannot help', () => {
    const { retriable, message } = trouble(new KafkaJSNonRetriableError('The producer is fenced.'));
    assert.equal(retriable, false);
    assert.match(
      message,
      /The producer is fenced \(KafkaJSNonRetriableError\)\. Look at the cluster before any traffic/,
    );
  });

  test('is passed on as it is when it is not of the client', () => {
    const bug = new TypeError('x is not a function');
    assert.equal(smokeTrouble(bug, 'green:9092'), bug);
  });
});
