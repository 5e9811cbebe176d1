import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import kafkajsCrc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { crc32c } from '../../switching/src/crc32c.ts';
import { type BatchContent, encodeRecordBatch, type WireRecord } from '../../switching/src/record-batch.ts';

const NONE = 0;
const GZIP = 1;
const ZSTD = 4;
const NOW = 1_768_997_045_000;
const CRC_AT = 17;
const CHECKED_FROM = 21;

const bytes = fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array));
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }));
const part = fc.oneof(fc.constant(null), fc.constant(''), bytes, text);
const headerValue = fc.oneof(bytes, text);
const headers = fc.dictionary(
  // kafkajs's decoder takes what every object has for a header that it read before.
  fc.string({ maxLength: 10 }).filter(name => !(name in {})),
  fc.oneof(headerValue, fc.array(headerValue, { minLength: 2, maxLength: 3 })),
  { maxKeys: 3 },
);
const timestamp = fc.oneof(fc.integer({ min: NOW - 1_000, max: NOW + 1_000 }), fc.nat(Number.MAX_SAFE_INTEGER));
const record: fc.Arbitrary<WireRecord> = fc.record({ key: part, value: part, timestamp, headers });
const batch: fc.Arbitrary<BatchContent> = fc.record({
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.nat(32_767),
  firstSequence: fc.nat(2 ** 31 - 1),
  compression: fc.constantFrom(NONE, GZIP),
  transactional: fc.boolean(),
  bytes: fc.nat(1_000),
  records: fc.array(record, { minLength: 1, maxLength: 30 }),
});

function contentOf(records: readonly WireRecord[], more: Partial<BatchContent> = {}): BatchContent {
  const common = { producerId: '7', producerEpoch: 1, firstSequence: 5, compression: NONE, transactional: false };
  return { ...common, bytes: 0, records, ...more };
}

const asBytes = (value: WireRecord['value']) => (value === null ? null : Buffer.from(value));

/** What kafkajs tells of a record's headers. */
function readHeaders(given: WireRecord['headers']): Record<string, Buffer | Buffer[]> {
  const read = (value: unknown) => Buffer.from(value as Buffer | string);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, Array.isArray(value) ? value.map(read) : read(value)]),
  );
}

async function assertReadBack(content: BatchContent): Promise<void> {
  const encoded = await encodeRecordBatch(content);
  const read = await decodeBatch(new Decoder(encoded));
  assert.equal(encoded.readInt32BE(8), encoded.length - 12, 'the length counts what follows it');
  assert.equal(encoded.readUInt32BE(CRC_AT), kafkajsCrc32c(encoded.subarray(CHECKED_FROM)) >>> 0);
  assert.deepEqual(
    [read.producerId, read.producerEpoch, read.firstSequence, read.inTransaction, read.lastOffsetDelta],
    [
      content.producerId,
      content.producerEpoch,
      content.firstSequence,
      content.transactional,
      content.records.length - 1,
    ],
  );
  assert.equal(read.maxTimestamp, String(Math.max(...content.records.map(one => one.timestamp))));
  assert.deepEqual(
    read.records.map(one => ({ ...one, headers: { ...one.headers } })),
    content.records.map((one, position) => ({
      magicByte: 2,
      attributes: 0,
      timestamp: String(one.timestamp),
      offset: String(position),
      key: asBytes(one.key),
      value: asBytes(one.value),
      headers: readHeaders(one.headers),
      isControlRecord: false,
      batchContext: read.records[position]?.batchContext,
    })),
  );
}

describe('a record batch', () => {
  test('is read back by kafkajs as it was given: nothing, emptiness, bytes, any text, headers, any time stamps', async () => {
    await fc.assert(fc.asyncProperty(batch, assertReadBack), { numRuns: 2_000 });
  });

  test('may hold more and larger records than it was expected to', async () => {
    const large = { key: 'k'.repeat(300), value: Buffer.alloc(3_000_000, 'v'), timestamp: NOW, headers: {} };
    const small = { key: null, value: 'ü'.repeat(20_000), timestamp: NOW, headers: { name: 'value' } };
    await assertReadBack(contentOf([large, ...Array.from({ length: 9_000 }, () => small).slice(0, 300), large]));
    const tiny = { key: null, value: '1', timestamp: NOW, headers: {} };
    await assertReadBack(contentOf(Array.from({ length: 20_000 }, () => tiny)));
  });

  test('is not made where its compression has no codec, and the error says so as kafkajs does', async () => {
    const records = [{ key: null, value: 'v', timestamp: NOW, headers: {} }];
    for (const compression of [ZSTD, 7]) {
      await assert.rejects(encodeRecordBatch(contentOf(records, { compression })), { name: 'KafkaJSNotImplemented' });
    }
  });
});

test('the checksum is CRC-32C, wherever the bytes lie', () => {
  assert.equal(crc32c(Buffer.from('123456789'), 0, 9), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(32), 0, 32), 0x8a9136aa);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(50), (content, offset) => {
      const within = Buffer.concat([Buffer.alloc(offset, 1), content, Buffer.alloc(7, 2)]);
      const expected = kafkajsCrc32c(Buffer.from(content)) >>> 0;
      assert.equal(crc32c(within, offset, offset + content.length), expected);
    }),
  );
});
