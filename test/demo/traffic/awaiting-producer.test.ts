import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProducerBatch } from 'kafkajs';
import { AwaitingProducer } from '../../../demo/traffic/awaiting-producer.ts';
import { TimedProducer } from '../../../demo/traffic/timed-producer.ts';
import type { TrafficProducer } from '../../../demo/traffic/traffic-client.ts';

const record = (topic: string, value: string) => ({ topic, messages: [{ value }] });

describe('an application that awaits its sends', () => {
  function harness() {
    const batches: { sent: string[]; answer: PromiseWithResolvers<[]> }[] = [];
    const producer = new AwaitingProducer({
      connect: async () => undefined,
      disconnect: async () => undefined,
      sendBatch: ({ topicMessages = [] }: ProducerBatch) => {
        const answer = Promise.withResolvers<[]>();
        const sent = topicMessages.flatMap(({ topic, messages }) => messages.map(m => `${topic} ${String(m.value)}`));
        batches.push({ sent, answer });
        return answer.promise;
      },
    });
    return { producer, batches };
  }

  test('has one batch under way, and sends what came meanwhile with the next, in order', async () => {
    const { producer, batches } = harness();
    const first = producer.send(record('a', '1'));
    const later = [producer.send(record('b', '2')), producer.send(record('a', '3')), producer.send(record('b', '4'))];
    assert.deepEqual(
      batches.map(b => b.sent),
      [['a 1']],
    );
    batches[0]?.answer.resolve([]);
    await first;
    assert.deepEqual(batches[1]?.sent, ['b 2', 'b 4', 'a 3']);
    batches[1]?.answer.resolve([]);
    await Promise.all(later);
  });

  test('is told of a refusal for each record of the batch, and goes on', async () => {
    const { producer, batches } = harness();
    const first = producer.send(record('a', '1'));
    const second = producer.send(record('a', '2'));
    batches[0]?.answer.reject(new Error('TIMED_OUT'));
    await assert.rejects(first, /TIMED_OUT/);
    batches[1]?.answer.resolve([]);
    await second;
  });
});

describe('the published timer', () => {
  test('makes a new producer every so often, and neither flushes nor closes the old one', async context => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const deeds: string[] = [];
    let made = 0;
    const timed = new TimedProducer((): TrafficProducer => {
      made += 1;
      const name = made;
      return {
        connect: async () => void deeds.push(`${name} connects`),
        send: async () => {
          deeds.push(`${name} sends`);
          return [];
        },
        disconnect: async () => void deeds.push(`${name} leaves`),
      };
    }, 1_000);
    await timed.connect();
    await timed.send(record('a', '1'));
    context.mock.timers.tick(1_000);
    await new Promise(resolve => setImmediate(resolve));
    await timed.send(record('a', '2'));
    await timed.disconnect();
    assert.deepEqual(deeds, ['1 connects', '1 sends', '2 connects', '2 sends', '2 leaves']);
  });

  test('keeps the old producer where the new one cannot connect', async context => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const used: number[] = [];
    let made = 0;
    const timed = new TimedProducer((): TrafficProducer => {
      made += 1;
      const name = made;
      return {
        connect: name === 1 ? async () => undefined : () => Promise.reject(new Error('unreachable')),
        send: async () => {
          used.push(name);
          return [];
        },
        disconnect: async () => undefined,
      };
    }, 1_000);
    await timed.connect();
    context.mock.timers.tick(1_000);
    await new Promise(resolve => setImmediate(resolve));
    await timed.send(record('a', '1'));
    await timed.disconnect();
    assert.deepEqual(used, [1]);
    assert.equal(made, 2);
  });
});
