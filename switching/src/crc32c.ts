/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka's record batches, sixteen bytes a step: table `n` holds
 * what a byte does to the checksum when `n` more bytes of its step follow ("slicing", Kounavis and Berry 2005).
 */
const POLYNOMIAL = 0x82f63b78;
const BYTES_A_STEP = 16;
const ENTRIES = 256;

const tables = new Int32Array(BYTES_A_STEP * ENTRIES);
for (let byte = 0; byte < ENTRIES; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  tables[byte] = value;
}
for (let at = ENTRIES; at < tables.length; at += 1) {
  const shorter = tables[at - ENTRIES] ?? 0;
  tables[at] = (shorter >>> 8) ^ look(0, shorter & 0xff);
}

/** Of the bytes in [from, to), as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = from;
  for (const lastStep = to - BYTES_A_STEP; at <= lastStep; at += BYTES_A_STEP) {
    crc =
      slice(12, crc ^ view.getInt32(at, true)) ^
      slice(8, view.getInt32(at + 4, true)) ^
      slice(4, view.getInt32(at + 8, true)) ^
      slice(0, view.getInt32(at + 12, true));
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ look(0, (crc ^ view.getUint8(at)) & 0xff);
  return ~crc >>> 0;
}

/** Four bytes, little end first, that `following` bytes of the step follow. */
function slice(following: number, word: number): number {
  return (
    look(following + 3, word & 0xff) ^
    look(following + 2, (word >>> 8) & 0xff) ^
    look(following + 1, (word >>> 16) & 0xff) ^
    look(following, word >>> 24)
  );
}

function look(table: number, byte: number): number {
  return tables[table * ENTRIES + byte] as number;
}
