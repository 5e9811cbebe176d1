import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordsBatch } from '@platformatic/kafka';
import * as fc from 'fast-check';
import { type AbortedTransaction, countDataRecords } from '../../kafka/record-batches.ts';

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

interface Batch {
  readonly bytes: Buffer;
  readonly offsets: number;
}

/** A batch as a log holds it: `size` records, of which compaction may have left only the offsets in `kept`. */
function batch(o: { base: number; size: number; kept?: number[]; producerId?: number; gzip?: boolean }): Batch {
  const kept = o.kept ?? Array.from({ length: o.size }, (_, i) => i);
  const records = Array.from({ length: o.size }, (_, i) => ({ topic: 't', value: Buffer.from(`v${i}`) }));
  const whole = createRecordsBatch(records, {
    compression: o.gzip === true ? 'gzip' : 'none',
    producerId: BigInt(o.producerId ?? -1),
  }).buffer;
  const bytes = kept.length === o.size ? whole : compacted(whole, kept);
  bytes.writeBigInt64BE(BigInt(o.base), 0);
  bytes.writeInt32BE(o.size - 1, 23);
  if (o.producerId !== undefined) bytes.writeInt16BE(bytes.readInt16BE(21) | TRANSACTIONAL, 21);
  return { bytes, offsets: o.size };
}

/** Compaction keeps a batch's last offset and drops records from it; these are uncompressed and shorter than 64 bytes each. */
function compacted(whole: Buffer, kept: readonly number[]): Buffer {
  const records: Buffer[] = [];
  for (let at = 61; at < whole.length; ) {
    const size = 1 + whole.readUInt8(at) / 2;
    records.push(whole.subarray(at, at + size));
    at += size;
  }
  const bytes = Buffer.concat([whole.subarray(0, 61), ...kept.map(i => records[i] ?? Buffer.alloc(0))]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(kept.length, 57);
  return bytes;
}

function marker(base: number, producerId: number, kind: 'commit' | 'abort'): Batch {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  const { buffer } = createRecordsBatch([{ topic: 't', key, value: Buffer.alloc(6) }], {
    compression: 'none',
    producerId: BigInt(producerId),
  });
  const bytes = Buffer.from(buffer);
  bytes.writeBigInt64BE(BigInt(base), 0);
  bytes.writeInt16BE(TRANSACTIONAL | CONTROL, 21);
  return { bytes, offsets: 1 };
}

const count = (batches: readonly Batch[], from: number, to: number, aborted: readonly AbortedTransaction[] = []) =>
  countDataRecords(Buffer.concat(batches.map(b => b.bytes)), aborted, { from: BigInt(from), to: BigInt(to) });

test('A transaction marker is a control batch of exactly 78 bytes and counts nothing', () => {
  const commit = marker(4, 7, 'commit');
  assert.equal(commit.bytes.length, 78);
  assert.deepEqual(count([batch({ base: 0, size: 4, producerId: 7 }), commit], 0, 5), { records: 4n, next: 5n });
});

test('An aborted transaction counts nothing; the next one of the same producer counts', () => {
  const log = [
    batch({ base: 0, size: 3, producerId: 7 }),
    batch({ base: 3, size: 2, producerId: 8 }),
    marker(5, 7, 'abort'),
    marker(6, 8, 'commit'),
    batch({ base: 7, size: 1, producerId: 7 }),
    marker(8, 7, 'commit'),
  ];
  assert.deepEqual(count(log, 0, 9, [{ producerId: 7n, firstOffset: 0n }]), { records: 3n, next: 9n });
});

test('Records that compaction removed are not counted, not even inside a batch that a commit cuts', () => {
  const log = [batch({ base: 0, size: 6, kept: [0, 2] }), batch({ base: 6, size: 2, kept: [] })];
  assert.deepEqual(count(log, 0, 8), { records: 2n, next: 8n });
  assert.deepEqual(count(log, 1, 8), { records: 1n, next: 8n });
  assert.deepEqual(count(log, 3, 8), { records: 0n, next: 8n });
});

test('A batch whose compression cannot be read is not called empty', () => {
  const packed = batch({ base: 0, size: 6, gzip: true });
  packed.bytes.fill(0xff, 61);
  assert.deepEqual(count([packed], 3, 6), { records: 1n, next: 6n });
});

test('Messages older than the batch format count', () => {
  const old = Buffer.alloc(34);
  old.writeBigInt64BE(5n, 0);
  old.writeInt32BE(22, 8);
  old.writeInt8(1, 16);
  assert.deepEqual(countDataRecords(old, [], { from: 5n, to: 6n }), { records: 1n, next: 6n });
  assert.deepEqual(countDataRecords(old, [], { from: 6n, to: 7n }), { records: 0n, next: 6n });
});

test('A batch cut off at the end of a fetch is left for the next one', () => {
  const whole = batch({ base: 0, size: 2 });
  const cut = { bytes: batch({ base: 2, size: 2 }).bytes.subarray(0, 40), offsets: 2 };
  assert.deepEqual(count([whole, cut], 0, 4), { records: 2n, next: 2n });
  assert.deepEqual(count([cut], 2, 4), { records: 0n, next: null });
});

/** A log of transactions, plain batches and markers, and for every offset whether a read_committed reader gets a record there. */
const anyLog = fc
  .array(
    fc.record({
      kind: fc.constantFrom('plain', 'gzip', 'committed', 'aborted'),
      size: fc.integer({ min: 1, max: 4 }),
      producerId: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(entries => {
    const batches: Batch[] = [];
    const visible: boolean[] = [];
    const aborted: AbortedTransaction[] = [];
    for (const { kind, size, producerId } of entries) {
      const base = visible.length;
      if (kind === 'plain' || kind === 'gzip') {
        batches.push(batch({ base, size, gzip: kind === 'gzip' }));
        visible.push(...Array.from({ length: size }, () => true));
        continue;
      }
      batches.push(
        batch({ base, size, producerId }),
        marker(base + size, producerId, kind === 'aborted' ? 'abort' : 'commit'),
      );
      if (kind === 'aborted') aborted.push({ producerId: BigInt(producerId), firstOffset: BigInt(base) });
      visible.push(...Array.from({ length: size }, () => kind === 'committed'), false);
    }
    return { batches, visible, aborted };
  });

test('What is counted is what a read_committed reader gets, from any offset to any other', () => {
  fc.assert(
    fc.property(anyLog, fc.nat(30), fc.nat(30), ({ batches, visible, aborted }, a, b) => {
      const from = Math.min(a, visible.length);
      const to = Math.min(Math.max(from, b), visible.length);
      const expected = visible.slice(from, to).filter(Boolean).length;
      assert.equal(count(batches, from, to, aborted).records, BigInt(expected));
    }),
    { numRuns: 3_000 },
  );
});
