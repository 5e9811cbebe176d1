/**
 * Snappy as Kafka's clients write it: Java in the framing of xerial's snappy-java (a header, then blocks with their lengths),
 * others the bare block. Both are read; the framing is written, as Java writes it.
 */
import snappy from 'snappyjs';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version, lowest compatible version. */
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const BLOCK_BYTES = 32 * 1_024;
const LENGTH_BYTES = 4;

export function compressSnappy(plain: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < plain.length; at += BLOCK_BYTES) {
    const block = snappy.compress(plain.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function decompressSnappy(compressed: Buffer): Buffer {
  if (!beginsStream(compressed, 0)) return snappy.uncompress(compressed);
  const blocks: Buffer[] = [];
  let at = 0;
  while (at < compressed.length) {
    // Streams may be put one behind the other, each with its header.
    if (beginsStream(compressed, at)) {
      at += HEADER.length;
      continue;
    }
    const length = at + LENGTH_BYTES <= compressed.length ? compressed.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    at += LENGTH_BYTES;
    if (at + length > compressed.length) throw new Error('A snappy block ends before its length.');
    blocks.push(snappy.uncompress(compressed.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(blocks);
}

function beginsStream(bytes: Buffer, at: number): boolean {
  return bytes.length >= at + HEADER.length && bytes.subarray(at, at + MAGIC.length).equals(MAGIC);
}
