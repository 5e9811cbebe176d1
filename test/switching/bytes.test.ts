import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../switching/src/byte-reader.ts';
import { ByteWriter } from '../../switching/src/byte-writer.ts';

const uint32 = fc.nat(2 ** 32 - 1);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: 'binary', maxLength: 300 });

describe("Kafka's primitive types", () => {
  test('are read as they were written, one after the other', () => {
    fc.assert(
      fc.property(
        text,
        fc.option(text),
        int32,
        int64,
        fc.array(text, { maxLength: 200 }),
        (name, group, n, id, list) => {
          const writer = new ByteWriter(1);
          writer.compactString(name);
          writer.string(group);
          writer.noTags();
          writer.int32(n);
          writer.int64(id);
          writer.compactCount(list.length);
          for (const item of list) writer.compactString(item);
          const reader = new ByteReader(writer.bytes);
          assert.equal(reader.compactString(), name);
          assert.equal(reader.string(), group);
          reader.tags();
          assert.equal(reader.int32(), n);
          assert.equal(reader.int64(), id);
          assert.deepEqual(
            reader.compactArray(() => reader.compactString()),
            list,
          );
        },
      ),
    );
  });

  test('varints hold every number of 32 bits', () => {
    fc.assert(
      fc.property(uint32, value => {
        const writer = new ByteWriter(5);
        writer.uvarint(value);
        assert.equal(new ByteReader(writer.bytes).uvarint(), value);
      }),
    );
  });

  test('tagged fields that a newer broker sends are passed over', () => {
    const tagged = Buffer.from([2, 0, 3, 9, 9, 9, 5, 1, 7, 0, 0, 0, 42]);
    const reader = new ByteReader(tagged);
    reader.tags();
    assert.equal(reader.int32(), 42);
  });

  test('a compact string or array of length 0 is null, or empty', () => {
    assert.equal(new ByteReader(Buffer.from([0])).compactString(), null);
    assert.deepEqual(
      new ByteReader(Buffer.from([0])).compactArray(() => 1),
      [],
    );
  });
});
