import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LogReader } from '../../../demo/auditor/log-reader.ts';
import { encodeBatch } from './batches.ts';
import { type FakeLog, startFakeBroker } from './fake-broker.ts';

const WITHIN_MS = 5_000;

describe("the auditor's reader", () => {
  let log: FakeLog;
  let broker: Awaited<ReturnType<typeof startFakeBroker>>;
  let reader: LogReader | null;
  let read: string[];

  beforeEach(async () => {
    log = { clusterId: 'first', topic: 'orders', logStart: 0, batches: new Map(), end: 0, trouble: 'none' };
    broker = await startFakeBroker(log);
    reader = null;
    read = [];
  });

  afterEach(async () => {
    await reader?.stop();
    broker.stop();
  });

  const append = (...values: string[]) => {
    const records = values.map(value => ({ key: 'k', value }));
    log.batches.set(log.end, encodeBatch({ baseOffset: log.end, records }));
    log.end += values.length;
  };
  const start = async () => {
    reader = await LogReader.start({
      bootstrap: [broker],
      reads: () => true,
      onRecord: (_topic, _partition, { value }) => read.push(value ?? ''),
    });
    return reader;
  };

  for (const trouble of ['not-leader', 'hang-up', 'half-an-answer'] as const)
    test(`reads each record once when a fetch meets ${trouble}`, async () => {
      append('a', 'b');
      log.trouble = trouble;
      const started = await start();
      await started.readToEnd(WITHIN_MS);
      append('c');
      log.trouble = trouble;
      await started.readToEnd(WITHIN_MS);
      assert.deepEqual(read, ['a', 'b', 'c']);
    });

  test('says that records were deleted before it read them, and never goes on behind the gap', async () => {
    append('a');
    const started = await start();
    await started.readToEnd(WITHIN_MS);
    log.end = 5;
    log.logStart = 5;
    append('f');
    await assert.rejects(started.readToEnd(WITHIN_MS), /orders-0: offset 1 was wanted, the log now starts at 5/);
    assert.deepEqual(read, ['a']);
  });

  test('says that it came too late when a log does not begin at offset 0', async () => {
    log.logStart = 2;
    log.end = 2;
    append('c');
    const started = await start();
    await assert.rejects(started.readToEnd(WITHIN_MS), /offset 0 was wanted, the log now starts at 2/);
  });

  test('says that a batch is damaged rather than pass over it', async () => {
    const bytes = encodeBatch({ baseOffset: 0, records: [{ key: 'k', value: 'a' }] });
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    log.batches.set(0, bytes);
    log.end = 1;
    const started = await start();
    await assert.rejects(started.readToEnd(WITHIN_MS), /orders-0 cannot be read at offset 0: .* checksum/);
  });

  test('does not read on when another cluster answers at the address', async () => {
    append('a');
    const started = await start();
    await started.readToEnd(WITHIN_MS);
    log.clusterId = 'second';
    await assert.rejects(started.readToEnd(WITHIN_MS), /Cluster first was being read, now second answers/);
  });

  test('says which partition it could not read to the end in time', async () => {
    log.end = 3;
    const started = await start();
    await assert.rejects(started.readToEnd(300), /1 of 1 partitions to their end within 300 ms, orders-0 first/);
  });

  test('does not start when nobody answers', async () => {
    broker.stop();
    await assert.rejects(start(), /No broker of the cluster answers: 127\.0\.0\.1:\d+ cannot be reached/);
  });
});
