import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from 'kafkajs/src/network/connection.js';
import { encodeProduce } from '../../switching/src/produce-request.ts';
import { sendWhole } from '../../switching/src/whole-request.ts';

const NAME = { apiName: 'Produce', apiKey: 0, apiVersion: 7 };

/** A connection that stands, keeps what is written, and answers with one byte. */
class StandingConnection implements Connection {
  readonly clientId = 'orders';
  readonly written: Buffer[] = [];
  readonly throttledMs: unknown[] = [];
  connected = true;
  authenticated = false;
  #corked = 0;

  readonly socket = {
    cork: () => {
      this.#corked += 1;
    },
    uncork: () => {
      this.#corked -= 1;
    },
    write: (bytes: Buffer) => {
      assert.equal(this.#corked, 1, 'what belongs together leaves together');
      this.written.push(bytes);
    },
    destroy: () => undefined,
  };
  readonly requestQueue: Connection['requestQueue'] = {
    push: ({ entry, sendRequest }) => {
      sendRequest();
      entry.resolve({ payload: Buffer.from([entry.correlationId]) });
    },
    maybeThrottle: ms => void this.throttledMs.push(ms),
  };

  isAuthenticated(): boolean {
    return this.authenticated;
  }
  async authenticate(): Promise<void> {
    this.authenticated = true;
  }
  failIfNotConnected(): void {
    if (!this.connected) throw new Error('Not connected');
  }
  nextCorrelationId(): number {
    return 42;
  }
  rejectRequests(): void {}
}

const decode = async (payload: Buffer) => ({ answered: payload[0], clientSideThrottleTime: 7 });

describe('a request that is handed over whole', () => {
  test('has the length of all its parts, a header, and the parts in their order', async () => {
    const connection = new StandingConnection();
    const parts = [Buffer.from('one '), Buffer.from('and two')];
    const answer = await sendWhole(connection, NAME, parts, decode);
    assert.equal(answer.answered, 42);
    const sent = Buffer.concat(connection.written);
    assert.equal(sent.readInt32BE(0), sent.length - 4);
    assert.deepEqual([sent.readInt16BE(4), sent.readInt16BE(6), sent.readInt32BE(8)], [0, 7, 42]);
    assert.equal(sent.toString('utf8', 14), 'ordersone and two');
  });

  test('logs in first where the login has run out, and heeds a broker that asks for less', async () => {
    const connection = new StandingConnection();
    await sendWhole(connection, NAME, [], decode);
    assert.equal(connection.authenticated, true);
    assert.deepEqual(connection.throttledMs, [7]);
  });

  test('is not sent when the connection is gone', async () => {
    const connection = new StandingConnection();
    connection.connected = false;
    await assert.rejects(sendWhole(connection, NAME, [Buffer.from('x')], decode), /Not connected/);
    assert.deepEqual(connection.written, []);
  });
});

describe('the body of a produce request', () => {
  const settings = { transactionalId: 'café', timeoutMs: 30_000 };
  const batch = (topic: string, partition: number, bytes: number) => ({
    topic,
    partition,
    recordSet: Buffer.alloc(bytes, `${topic}${partition}`),
  });

  test('is the same bytes whether batches are copied or handed over as they are', () => {
    const sizes = [1, 8_191, 8_192, 50_000];
    const batches = sizes.flatMap((bytes, at) => [batch('orders', at, bytes), batch('paiements-reçus', at, bytes)]);
    const parts = encodeProduce(batches, settings);
    assert.equal(parts.filter(part => batches.some(({ recordSet }) => recordSet === part)).length, 4);
    assert.deepEqual(read(Buffer.concat(parts)), { ...settings, acks: -1, batches: groupedByTopic(batches) });
  });
});

function groupedByTopic<Batch extends { readonly topic: string }>(batches: readonly Batch[]): Batch[] {
  const topics = [...new Set(batches.map(({ topic }) => topic))];
  return topics.flatMap(topic => batches.filter(batch => batch.topic === topic));
}

/** Reads the body by the protocol's page, without the code that wrote it. */
function read(body: Buffer) {
  let at = 0;
  const take = (bytes: number) => body.subarray(at, (at += bytes));
  const int16 = () => take(2).readInt16BE();
  const int32 = () => take(4).readInt32BE();
  const string = () => take(int16()).toString();
  const transactionalId = string();
  const acks = int16();
  const timeoutMs = int32();
  const batches = Array.from({ length: int32() }, () => {
    const topic = string();
    return Array.from({ length: int32() }, () => {
      const partition = int32();
      return { topic, partition, recordSet: Buffer.from(take(int32())) };
    });
  }).flat();
  assert.equal(at, body.length);
  return { transactionalId, acks, timeoutMs, batches };
}
