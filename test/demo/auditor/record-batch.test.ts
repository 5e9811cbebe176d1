import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { committedRecords } from '../../../demo/auditor/committed.ts';
import { crc32c } from '../../../demo/auditor/crc32c.ts';
import { readBatches } from '../../../demo/auditor/record-batch.ts';
import { WireReader } from '../../../demo/auditor/wire.ts';
import { encodeBatch, varint } from './batches.ts';

const records = (...values: string[]) => values.map(value => ({ key: 'k', value }));
const values = (bytes: Buffer, aborted: { producerId: bigint; firstOffset: number }[] = [], from = 0) =>
  committedRecords(readBatches(bytes), aborted, from).map(record => record.value);

const transactional = (baseOffset: number, producerId: bigint, ...texts: string[]) =>
  encodeBatch({ baseOffset, producerId, transactional: true, records: records(...texts) });
const marker = (baseOffset: number, producerId: bigint, control: 'commit' | 'abort') =>
  encodeBatch({ baseOffset, producerId, control });

describe('the auditor reads record batches', () => {
  test('by the checksum of RFC 3720', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  });

  test('of any keys and values, uncompressed, gzip or zstd, with headers passed over', () => {
    const text = fc.option(fc.string(), { nil: null });
    const record = fc.record({ key: text, value: text, headers: fc.nat(3) });
    const codecs = fc.constantFrom<0 | 1 | 4>(0, 1, 4);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), codecs, fc.nat(), (rows, codec, baseOffset) => {
        const read = committedRecords(readBatches(encodeBatch({ baseOffset, records: rows, codec })), [], 0);
        assert.deepEqual(
          read,
          rows.map(({ key, value }, index) => ({ offset: baseOffset + index, key, value })),
        );
      }),
    );
  });

  test('with variable-length integers of either sign', () => {
    fc.assert(fc.property(fc.integer(), value => assert.equal(new WireReader(varint(value)).varint(), value)));
  });

  test('and leaves the one that is cut off for the next fetch', () => {
    const whole = encodeBatch({ baseOffset: 0, records: records('a', 'b') });
    const cut = encodeBatch({ baseOffset: 2, records: records('c') });
    assert.deepEqual(values(Buffer.concat([whole, cut.subarray(0, cut.length - 1)])), ['a', 'b']);
  });

  test('and passes over what lies below the wanted offset', () => {
    assert.deepEqual(values(encodeBatch({ baseOffset: 10, records: records('a', 'b', 'c') }), [], 11), ['b', 'c']);
  });

  test('to the last offset a batch covers, where compaction emptied its tail', () => {
    const [batch] = readBatches(encodeBatch({ baseOffset: 5, records: records('a'), emptyTail: 4 }));
    assert.equal(batch?.lastOffset, 9);
  });

  test('and refuses a damaged one', () => {
    const bytes = encodeBatch({ baseOffset: 7, records: records('a') });
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2);
    assert.throws(() => readBatches(bytes), /offset 7 does not match its checksum/);
  });

  test('and refuses a codec it does not know rather than skip its records', () => {
    assert.throws(
      () => values(encodeBatch({ baseOffset: 3, records: records('a'), codec: 2 })),
      /offset 3 is compressed by codec 2/,
    );
  });
});

describe('the auditor reads committed records only', () => {
  test('never a control record', () => {
    const log = Buffer.concat([transactional(0, 1n, 'a'), marker(1, 1n, 'commit'), transactional(2, 1n, 'b')]);
    assert.deepEqual(values(log), ['a', 'b']);
  });

  test('nothing of an aborted transaction, and everything of its neighbours', () => {
    const log = Buffer.concat([
      transactional(0, 1n, 'kept'),
      transactional(1, 2n, 'aborted'),
      encodeBatch({ baseOffset: 2, producerId: 2n, records: records('not in the transaction') }),
      transactional(3, 2n, 'aborted too'),
      marker(4, 2n, 'abort'),
      transactional(5, 2n, 'next transaction'),
      marker(6, 2n, 'commit'),
    ]);
    assert.deepEqual(values(log, [{ producerId: 2n, firstOffset: 1 }]), [
      'kept',
      'not in the transaction',
      'next transaction',
    ]);
  });

  test('nothing of a transaction that began below the fetched range', () => {
    const log = Buffer.concat([transactional(8, 2n, 'aborted'), marker(9, 2n, 'abort')]);
    assert.deepEqual(values(log, [{ producerId: 2n, firstOffset: 1 }], 8), []);
  });

  test('of one producer that aborts twice, only what was committed in between', () => {
    const log = Buffer.concat([
      transactional(0, 2n, 'first'),
      marker(1, 2n, 'abort'),
      transactional(2, 2n, 'kept'),
      marker(3, 2n, 'commit'),
      transactional(4, 2n, 'second'),
      marker(5, 2n, 'abort'),
    ]);
    const aborted = [
      { producerId: 2n, firstOffset: 4 },
      { producerId: 2n, firstOffset: 0 },
    ];
    assert.deepEqual(values(log, aborted), ['kept']);
  });
});
