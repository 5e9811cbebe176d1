import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Consumer } from 'kafkajs';
import { Relay } from '../../switching/src/kafka-events.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** As much of a consumer as is listened to. */
class FakeConsumer extends EventEmitter {
  readonly listening = {
    on: (event: string, listener: (what: unknown) => void) => {
      this.on(event, listener);
      return () => void this.off(event, listener);
    },
  } as unknown as Pick<Consumer, 'on'>;
}

describe("the relay of kafkajs's events", () => {
  it('tells every listener once, whenever it came, and only of the consumer that is followed', () => {
    const relay = new Relay(quiet);
    const [blue, green] = [new FakeConsumer(), new FakeConsumer()];
    const heard: string[] = [];
    relay.on('consumer.group_join', ({ id }) => heard.push(`early ${id}`));
    relay.follow(blue.listening, () => true);
    const forget = relay.on('consumer.group_join', ({ id }) => heard.push(`late ${id}`));
    blue.emit('consumer.group_join', { id: 1 });
    relay.follow(green.listening, () => true);
    blue.emit('consumer.group_join', { id: 2 });
    green.emit('consumer.group_join', { id: 3 });
    forget();
    green.emit('consumer.group_join', { id: 4 });
    assert.deepEqual(heard, ['early 1', 'late 1', 'early 3', 'late 3', 'early 4']);
  });

  it('keeps back what does not pass, and asks for nothing that nobody listens to', () => {
    const relay = new Relay(quiet);
    const consumer = new FakeConsumer();
    relay.follow(consumer.listening, event => event !== 'consumer.stop');
    const heard: string[] = [];
    const forget = relay.on('consumer.stop', () => heard.push('stop'));
    relay.on('consumer.crash', () => heard.push('crash'));
    consumer.emit('consumer.stop');
    consumer.emit('consumer.crash');
    assert.deepEqual(heard, ['crash']);
    assert.equal(consumer.listenerCount('consumer.network.request'), 0);
    forget();
    assert.equal(consumer.listenerCount('consumer.stop'), 0);
  });

  it('survives a listener that throws', async () => {
    const errors: object[] = [];
    const relay = new Relay({ ...quiet, error: fields => void errors.push(fields) });
    const consumer = new FakeConsumer();
    relay.follow(consumer.listening, () => true);
    const heard: string[] = [];
    relay.on('consumer.crash', () => {
      throw new Error('not mine');
    });
    relay.on('consumer.crash', () => heard.push('crash'));
    consumer.emit('consumer.crash');
    await Promise.resolve();
    assert.deepEqual([heard, errors.length], [['crash'], 1]);
  });
});
