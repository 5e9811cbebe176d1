import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NotSent } from '../../switching/src/not-sent.ts';
import { ProduceLine } from '../../switching/src/produce-line.ts';
import type { EncodedBatch, StoredBatch } from '../../switching/src/produce-request.ts';

const KIB = 1_024;
const always = () => true;

/** A broker that answers when it is told to. */
class Broker {
  readonly requests: {
    readonly partitions: number[];
    readonly bytes: number;
    readonly answer: (fates: readonly (StoredBatch | Error)[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  refusesConnections = false;
  /** How long a connection takes. */
  connected: Promise<void> = Promise.resolve();

  line(): ProduceLine {
    return new ProduceLine({
      connect: async () => {
        if (this.refusesConnections) throw new Error('refused');
        await this.connected;
      },
      send: batches =>
        new Promise((answer, fail) => {
          const bytes = batches.reduce((sum, { recordSet }) => sum + recordSet.length, 0);
          this.requests.push({ partitions: batches.map(({ partition }) => partition), bytes, answer, fail });
        }),
    });
  }
}

function batchOf(partition: number, bytes = 100): EncodedBatch {
  return { topic: 'orders', partition, recordSet: Buffer.alloc(bytes) };
}

const stored = (baseOffset: string): StoredBatch => ({ baseOffset });

describe('the batches on their way to one broker', () => {
  test('go out together when they are little, and each learns its own fate', async () => {
    const broker = new Broker();
    const line = broker.line();
    const fates = [0, 1, 2].map(partition => line.produce(batchOf(partition), always));
    await nextTurn();
    await nextTurn();
    assert.deepEqual(
      broker.requests.map(({ partitions }) => partitions),
      [[0, 1, 2]],
    );
    broker.requests[0]?.answer([stored('7'), new Error('NOT_ENOUGH_REPLICAS'), stored('9')]);
    const [first, second, third] = await Promise.allSettled(fates);
    assert.deepEqual(first, { status: 'fulfilled', value: stored('7') });
    assert.ok(second?.status === 'rejected' && /NOT_ENOUGH_REPLICAS/.test(String(second.reason)));
    assert.deepEqual(third, { status: 'fulfilled', value: stored('9') });
  });

  test('are shared out among a few requests when they are much, none of which is larger than a broker likes', async () => {
    const broker = new Broker();
    const line = broker.line();
    for (let partition = 0; partition < 30; partition += 1) {
      void line.produce(batchOf(partition, 256 * KIB), always).catch(() => undefined);
    }
    await nextTurn();
    await nextTurn();
    assert.equal(broker.requests.length, 3);
    assert.ok(broker.requests.every(({ bytes }) => bytes <= KIB * KIB));
    broker.requests[0]?.answer([0, 1, 2, 3].map(() => stored('0')));
    await nextTurn();
    await nextTurn();
    assert.equal(broker.requests.length, 4, 'an answer makes way for another request');
    assert.equal(new Set(broker.requests.flatMap(({ partitions }) => partitions)).size, 16);
  });

  test('are known not to have been sent when there is no connection, when they may not leave any more, and after the end', async () => {
    const broker = new Broker();
    const line = broker.line();
    await assert.rejects(
      line.produce(batchOf(0), () => false),
      NotSent,
    );
    broker.refusesConnections = true;
    await assert.rejects(line.produce(batchOf(0), always), NotSent);
    broker.refusesConnections = false;
    const waiting = assert.rejects(line.produce(batchOf(0), always), NotSent);
    line.close();
    await waiting;
    await assert.rejects(line.produce(batchOf(1), always), NotSent);
    assert.deepEqual(broker.requests, []);
  });

  test('are not sent when the line is closed while its connection is made', async () => {
    const broker = new Broker();
    const connection = Promise.withResolvers<undefined>();
    broker.connected = connection.promise;
    const line = broker.line();
    const waiting = assert.rejects(line.produce(batchOf(0), always), NotSent);
    await nextTurn();
    line.close();
    connection.resolve(undefined);
    await waiting;
    assert.deepEqual(broker.requests, []);
  });

  test('have no known fate when their request fails, and those that wait go out all the same', async () => {
    const broker = new Broker();
    const line = broker.line();
    const lost = line.produce(batchOf(0), always);
    await nextTurn();
    await nextTurn();
    broker.requests[0]?.fail(new Error('connection closed'));
    await assert.rejects(lost, error => !(error instanceof NotSent));
    const next = line.produce(batchOf(0), always);
    await nextTurn();
    await nextTurn();
    broker.requests[1]?.answer([stored('1')]);
    assert.deepEqual(await next, stored('1'));
  });
});
