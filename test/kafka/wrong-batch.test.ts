import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32c } from '@platformatic/kafka';
import { wrongBatch } from '../../kafka/wrong-batch.ts';

describe('wrongBatch', () => {
  it('is on either side of the 78 bytes that transaction markers need', () => {
    assert.ok(wrongBatch('below-78').length <= 78);
    assert.equal(wrongBatch('above-78').length, 79);
  });

  it('is a whole batch of one record but for its CRC, so that no broker can append it', () => {
    for (const size of ['below-78', 'above-78'] as const) {
      const batch = wrongBatch(size);
      assert.equal(batch.readInt32BE(8), batch.length - 12, 'length');
      assert.equal(batch.readInt8(16), 2, 'magic');
      assert.equal(batch.readInt32BE(57), 1, 'records');
      assert.equal(batch.readInt8(61) / 2, batch.length - 62, 'length of the record');
      assert.equal((batch.readUInt32BE(17) ^ crc32c(batch.subarray(21))) >>> 0, 1, 'CRC is one bit off');
    }
  });
});
