/**
 * A record batch of one record that no broker can append, because its checksum is one bit off. Of 79 bytes, it is the smallest
 * that does not fit where only transaction markers do.
 */
import { crc32c } from './crc32c.ts';

const BYTES = 79;
const HEADER_BYTES = 61;
/** Lengths and deltas around a record's value, each one byte for a value this short. */
const RECORD_FRAME_BYTES = 7;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const NONE = -1;

/** The same each time: nobody may change it. */
export function wrongBatch(): Buffer {
  return batch;
}

const batch = build();

function build(): Buffer {
  const bytes = Buffer.alloc(BYTES);
  const valueBytes = BYTES - HEADER_BYTES - RECORD_FRAME_BYTES;
  bytes.writeInt32BE(BYTES - 12, 8);
  bytes.writeInt32BE(NONE, 12);
  bytes.writeInt8(2, 16);
  bytes.writeBigInt64BE(BigInt(NONE), 43);
  bytes.writeInt16BE(NONE, 51);
  bytes.writeInt32BE(NONE, 53);
  bytes.writeInt32BE(1, 57);
  const record = [(valueBytes + RECORD_FRAME_BYTES - 1) * 2, 0, 0, 0, 1, valueBytes * 2];
  bytes.set(record, HEADER_BYTES);
  bytes.writeUInt32BE((crc32c(bytes, ATTRIBUTES_AT, BYTES) ^ 1) >>> 0, CRC_AT);
  return bytes;
}
