import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { Intake } from '../../switching/src/intake.ts';
import { OpenSends } from '../../switching/src/open-sends.ts';
import { collectReceipts } from '../../switching/src/receipts.ts';
import { SendTimeout } from '../../switching/src/send-timeout.ts';
import { Sender } from '../../switching/src/sender.ts';
import { type Appended, FakeCluster } from './fake-cluster.ts';

const MAX_BUFFER_BYTES = 2_000;

function worldWithout(lane: 'no lane' | 'a lane', prepare: (cluster: FakeCluster) => void = () => undefined) {
  const journal: Appended[] = [];
  let mostBytes = 0;
  const sender = new Sender({
    maxBatchBytes: 500,
    fenced: () => nextTurn(),
    gone: async () => false,
    unknowable: () => undefined,
    rightMissing: () => undefined,
    pause: () => nextTurn(),
    settled: () => {
      intake.admit();
      mostBytes = Math.max(mostBytes, sender.bytes);
    },
  });
  const intake = new Intake(sender, MAX_BUFFER_BYTES, Partitioners.DefaultPartitioner);
  const cluster = new FakeCluster('blue', journal, () => 'none');
  prepare(cluster);
  const join = () => void sender.use(cluster.lane());
  if (lane === 'a lane') join();
  const openSends = new OpenSends();
  const send = (messages: { key: string; value: string; partition?: number }[], topic = 'orders', timeoutMs?: number) =>
    collectReceipts([{ topic, messages }], intake, { compression: CompressionTypes.None, timeoutMs, openSends });
  return {
    cluster,
    journal,
    sender,
    intake,
    openSends,
    join,
    send,
    mostBytes: () => Math.max(mostBytes, sender.bytes),
  };
}

describe('an intake', () => {
  test('lets no more into the buffer than it is told, and all of it in order in the end', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async bytes => {
        const { journal, sender, send, mostBytes } = worldWithout('a lane');
        sender.hold('2');
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
    sender.hold('2');
    const waiting = Array.from({ length: 40 }, () => send([{ key: 'k', value: 'x'.repeat(200) }]));
    const fates = Promise.allSettled(waiting);
    intake.close();
    await sender.close();
    assert.ok((await fates).every(({ status }) => status === 'rejected'));
  });

  test('lets topics take turns at a full buffer, so that none keeps the others out', async () => {
    const { journal, sender, send } = worldWithout('a lane');
    sender.hold('2');
    const flood = Array.from({ length: 400 }, (_, nth) =>
      send([{ key: 'k', value: `flood ${nth} ${'x'.repeat(300)}` }]),
    );
    const few = ['a', 'b', 'c'].map(topic => send([{ key: 'k', value: `few ${topic}` }], topic));
    sender.resume();
    await Promise.all([...flood, ...few]);
    const values = journal.map(({ value }) => value);
    for (const topic of ['a', 'b', 'c']) {
      const before = values.indexOf(`few ${topic}`);
      assert.ok(before < 100, `topic ${topic} waited for ${before} records of another`);
    }
    assert.deepEqual(
      values.filter(value => value.startsWith('flood')).map(value => Number(value.split(' ')[1])),
      Array.from({ length: 400 }, (_, nth) => nth),
    );
  });

  test('looks at a waiting topic only when it is its turn, however many records of however many topics wait', async () => {
    const { cluster, intake, journal, sender, mostBytes } = worldWithout('a lane');
    sender.hold('2');
    const records = 20_000;
    const asker = { stored: () => undefined, failed: assert.fail };
    for (let nth = 0; nth < records; nth += 1) {
      intake.arrive(`topic-${nth % 500}`, [{ key: 'k', value: 'v' }], CompressionTypes.None, asker);
    }
    sender.resume();
    while (sender.records > 0) await nextTurn();
    assert.equal(journal.length, records);
    assert.ok(mostBytes() <= MAX_BUFFER_BYTES);
    // One look as it arrives, one as it is let in, one at the next that has no room; a scan of all topics would be millions.
    assert.ok(cluster.timesAskedForPartitions <= 4 * records, `${cluster.timesAskedForPartitions} looks`);
  });

  test('withdraws a send that takes too long, tells where it stood, and never sends it', async () => {
    const { journal, join, sender, send } = worldWithout('no lane');
    const rejection = async (sent: Promise<unknown>): Promise<SendTimeout> => {
      const error = await sent.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof SendTimeout, String(error));
      return error;
    };
    const nowhere = await rejection(send([{ key: 'k', value: 'nowhere' }], 'orders', 5));
    assert.deepEqual(nowhere.state, { kind: 'no-cluster' });
    join();
    await send([{ key: 'k', value: 'the topic is known from here on' }]);
    sender.hold('7');
    const held = send(
      [
        { key: 'k', value: 'held' },
        { key: 'k', value: 'held too' },
      ],
      'orders',
      20,
    );
    const filling = Array.from({ length: 30 }, () => send([{ key: 'k', value: 'x'.repeat(100) }]));
    const full = send([{ key: 'k', value: 'full' }], 'orders', 5);
    const roomless = await rejection(full);
    assert.equal(roomless.state.kind, 'buffer-full');
    const asked = await rejection(held);
    assert.deepEqual(asked.state, { kind: 'held', epoch: '7' });
    assert.deepEqual(asked.records, { stored: 0, notStored: 2, mayBeStored: 0 });
    assert.ok(asked.notStored && roomless.notStored);
    assert.match(asked.message, /the signpost of epoch 7 asks writers to hold.*not stored and will not be sent/);
    sender.resume();
    await Promise.all(filling);
    assert.equal(journal.length, 31);
    assert.equal(sender.bytes, 0);
  });

  test('says of a send that takes too long unanswered that it may be stored, and of its other records that they are not', async () => {
    const { journal, sender, openSends, send } = worldWithout('a lane', cluster => {
      cluster.silent = true;
    });
    const waiting = [0, 0, 1].map((partition, nth) => send([{ key: 'k', value: `${nth}`, partition }], 'orders', 30));
    await nextTurn();
    await nextTurn();
    const late = send([{ key: 'k', value: 'late', partition: 0 }], 'orders', 5);
    const fates = await Promise.allSettled([...waiting, late]);
    const errors = fates.map(fate => (fate.status === 'rejected' ? (fate.reason as unknown) : null));
    for (const [nth, error] of errors.entries()) {
      assert.ok(error instanceof SendTimeout);
      assert.equal(error.notStored, nth === 3);
      assert.equal(error.state.kind, 'outstanding');
    }
    await openSends.ended();
    assert.deepEqual(journal, []);
    await sender.close();
    assert.equal(sender.bytes, 0);
  });
});
