import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { Intake } from '../../switching/src/intake.ts';
import { collectReceipts } from '../../switching/src/receipts.ts';
import { Sender } from '../../switching/src/sender.ts';
import { type Appended, FakeCluster } from './fake-cluster.ts';

const MAX_BUFFER_BYTES = 2_000;

function worldWithout(lane: 'no lane' | 'a lane') {
  const journal: Appended[] = [];
  let mostBytes = 0;
  const sender = new Sender({
    maxBatchBytes: 500,
    fenced: () => nextTurn(),
    pause: () => nextTurn(),
    settled: () => {
      intake.admitAll();
      mostBytes = Math.max(mostBytes, sender.bytes);
    },
  });
  const intake = new Intake(sender, MAX_BUFFER_BYTES, Partitioners.DefaultPartitioner);
  const join = () => void sender.use(new FakeCluster('blue', journal, () => 'none').lane());
  if (lane === 'a lane') join();
  const send = (messages: { key: string; value: string; partition?: number }[]) =>
    collectReceipts([{ topic: 'orders', messages }], CompressionTypes.None, (topic, arrivals) =>
      intake.arrive(topic, arrivals),
    );
  return { journal, sender, intake, join, send, mostBytes: () => Math.max(mostBytes, sender.bytes) };
}

describe('an intake', () => {
  test('lets no more into the buffer than it is told, and all of it in order in the end', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async bytes => {
        const { journal, sender, send, mostBytes } = worldWithout('a lane');
        sender.hold();
        const values = bytes.map((size, nth) => `${nth} ${'x'.repeat(size)}`);
        const sends = values.map(value => send([{ key: 'k', value }]));
        assert.ok(sender.bytes <= MAX_BUFFER_BYTES);
        sender.resume();
        await Promise.all(sends);
        assert.ok(mostBytes() <= MAX_BUFFER_BYTES);
        assert.deepEqual(
          journal.map(({ value }) => value),
          values,
        );
      }),
    );
  });

  test('lets a record in that is larger than the whole buffer, alone', async () => {
    const { journal, send } = worldWithout('a lane');
    await Promise.all(['a', 'x'.repeat(2 * MAX_BUFFER_BYTES), 'b'].map(value => send([{ key: 'k', value }])));
    assert.deepEqual(
      journal.map(({ value }) => value.slice(0, 1)),
      ['a', 'x', 'b'],
    );
  });

  test('keeps what is sent before there is a cluster, and delivers it in order', async () => {
    const { journal, join, send } = worldWithout('no lane');
    const sends = ['a', 'b', 'c'].map(value => send([{ key: 'k', value }]));
    await nextTurn();
    join();
    const receipts = await Promise.all(sends);
    assert.deepEqual(
      journal.map(({ value }) => value),
      ['a', 'b', 'c'],
    );
    assert.equal(new Set(receipts.flat().map(({ partition }) => partition)).size, 1);
  });

  test('refuses a record for a partition that does not exist, and takes its neighbours', async () => {
    const { journal, send } = worldWithout('a lane');
    const fates = await Promise.allSettled([0, 7, 2].map(partition => send([{ key: 'k', value: 'v', partition }])));
    assert.deepEqual(
      fates.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(journal.length, 2);
  });

  test('fails what still waits when it is closed', async () => {
    const { intake, sender, send } = worldWithout('a lane');
    sender.hold();
    const waiting = Array.from({ length: 40 }, () => send([{ key: 'k', value: 'x'.repeat(200) }]));
    const fates = Promise.allSettled(waiting);
    intake.close();
    await sender.close();
    assert.ok((await fates).every(({ status }) => status === 'rejected'));
  });
});
