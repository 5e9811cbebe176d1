/**
 * A record batch (magic 2) of one record that no broker can append, because its CRC-32C is one bit off. Its size is the
 * point: below 78 bytes it fits where transaction markers fit, at 79 it is the smallest that does not.
 */
import { crc32c } from '@platformatic/kafka';

/** `below-78`: 69 bytes, refused only by a limit below that. `above-78`: 79 bytes, refused by both fences. */
export type ProbeSize = 'below-78' | 'above-78';

const HEADER_BYTES = 61;
/** Lengths and deltas around a record's value, each one byte for a value this short. */
const RECORD_FRAME_BYTES = 7;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;

const batches: Readonly<Record<ProbeSize, Buffer>> = { 'below-78': build(69), 'above-78': build(79) };

export function wrongBatch(size: ProbeSize): Buffer {
  return batches[size];
}

function build(bytes: number): Buffer {
  const batch = Buffer.alloc(bytes);
  const valueBytes = bytes - HEADER_BYTES - RECORD_FRAME_BYTES;
  batch.writeInt32BE(bytes - 12, 8); // length of what follows base offset and this field
  batch.writeInt32BE(-1, 12); // partition leader epoch
  batch.writeInt8(2, 16); // magic
  batch.writeBigInt64BE(-1n, 43); // producer id: none
  batch.writeInt16BE(-1, 51); // producer epoch: none
  batch.writeInt32BE(-1, 53); // base sequence: none
  batch.writeInt32BE(1, 57); // records
  const record = [zigZag(valueBytes + RECORD_FRAME_BYTES - 1), 0, 0, 0, zigZag(-1), zigZag(valueBytes)];
  batch.set(record, HEADER_BYTES);
  batch.writeUInt32BE((crc32c(batch.subarray(ATTRIBUTES_AT)) ^ 1) >>> 0, CRC_AT);
  return batch;
}

function zigZag(n: number): number {
  return n < 0 ? -n * 2 - 1 : n * 2;
}
