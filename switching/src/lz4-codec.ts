/**
 * LZ4 in its frame format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Kafka's Java reads only frames of
 * independent blocks, which lz4js does not declare; so the frame is made and read here, and lz4js does the blocks.
 */
import lz4 from 'lz4js';

const MAGIC = 0x18_4d_22_04;
/** Version 1, independent blocks, no check sums; blocks of 64 KiB; the check byte of these two. Kafka's Java writes the same. */
const DESCRIPTOR = Buffer.from([0x60, 0x40, 0x82]);
const BLOCK_BYTES = 64 * 1_024;
const HASHES = 65_536;
const STORED_AS_IT_IS = 0x80_00_00_00;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const WITH_BLOCK_CHECKSUM = 0x10;
const WITH_CONTENT_SIZE = 0x08;
const WITH_DICTIONARY = 0x01;
const MOST_BYTES_OF_A_BLOCK: Readonly<Record<number, number>> = {
  4: 64 * 1_024,
  5: 256 * 1_024,
  6: 1_024 * 1_024,
  7: 4 * 1_024 * 1_024,
};

export function compressLz4(plain: Buffer): Buffer {
  const parts = [uint32(MAGIC), DESCRIPTOR];
  for (let at = 0; at < plain.length; at += BLOCK_BYTES) {
    const block = plain.subarray(at, at + BLOCK_BYTES);
    const compressed = compressBlock(block);
    if (compressed === null) parts.push(uint32((block.length | STORED_AS_IT_IS) >>> 0), block);
    else parts.push(uint32(compressed.length), compressed);
  }
  return Buffer.concat([...parts, uint32(0)]);
}

/** Null where compression gains nothing. */
function compressBlock(block: Buffer): Buffer | null {
  const compressed = Buffer.alloc(block.length + Math.ceil(block.length / 255) + 16);
  const length = lz4.compressBlock(block, compressed, 0, block.length, new Uint32Array(HASHES));
  return length === 0 || length >= block.length ? null : compressed.subarray(0, length);
}

export function decompressLz4(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0;
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC || (flags & VERSION_MASK) !== VERSION)
    throw new Error('These bytes are no LZ4 frame.');
  if ((flags & WITH_DICTIONARY) !== 0) throw new Error('An LZ4 frame with a dictionary cannot be read.');
  const mostBytes = MOST_BYTES_OF_A_BLOCK[((frame[5] ?? 0) >> 4) & 7];
  if (mostBytes === undefined) throw new Error('An LZ4 frame names no block size that there is.');
  const output = new Output();
  const between = (flags & WITH_BLOCK_CHECKSUM) === 0 ? 0 : 4;
  let at = (flags & WITH_CONTENT_SIZE) === 0 ? 7 : 15;
  for (;;) {
    if (at + 4 > frame.length) throw new Error('An LZ4 frame ends without its end mark.');
    const size = frame.readUInt32LE(at);
    at += 4;
    if (size === 0) return output.bytes();
    const asItIs = (size & STORED_AS_IT_IS) !== 0;
    const length = asItIs ? (size & ~STORED_AS_IT_IS) >>> 0 : size;
    if (at + length > frame.length) throw new Error('An LZ4 block ends before its length.');
    if (asItIs) output.copy(frame.subarray(at, at + length));
    else output.decompress(frame, at, length, mostBytes);
    at += length + between;
  }
}

/** Grows as blocks come; blocks may refer to what stands before them. */
class Output {
  #buffer = Buffer.alloc(0);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  copy(block: Buffer): void {
    this.#reserve(block.length);
    block.copy(this.#buffer, this.#length);
    this.#length += block.length;
  }

  decompress(frame: Buffer, at: number, length: number, mostBytes: number): void {
    this.#reserve(mostBytes);
    const end = lz4.decompressBlock(frame, this.#buffer, at, length, this.#length);
    if (end - this.#length > mostBytes) throw new Error('An LZ4 block is larger than its frame allows.');
    this.#length = end;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
