/** Kafka's primitive types, big-endian, written one after the other into one growing buffer. Pure. */

const SHORT_TEXT = 16;
const LONGEST_UVARINT = 5;

/** Bytes of an unsigned varint of up to 32 bits. */
export function sizeOfUVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** A signed 32-bit number as the unsigned one that a varint holds. */
export function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

export class ByteWriter {
  #buffer: Buffer;
  #at = 0;

  /** A good guess of the final size saves copying. */
  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(Math.max(capacity, 1));
  }

  /** What was written so far, not a copy. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Makes room: what is written next, up to this much, needs no further check. */
  ensure(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  int8(value: number): void {
    this.ensure(1);
    this.#at = this.#buffer.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.ensure(2);
    this.#at = this.#buffer.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.ensure(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.ensure(8);
    this.#at = this.#buffer.writeBigInt64BE(value, this.#at);
  }

  /** Writes over four bytes that were written before. */
  patch32(at: number, value: number): void {
    this.#buffer.writeInt32BE(value | 0, at);
  }

  /** Of up to 32 bits. The room must be there. */
  uvarint(value: number): void {
    let left = value;
    while (left > 0x7f) {
      this.#buffer[this.#at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#buffer[this.#at++] = left;
  }

  /** Of any size. The room must be there. */
  uvarlong(value: bigint): void {
    let left = value;
    for (; left > 0x7fn; left >>= 7n) this.#buffer[this.#at++] = Number(left & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(left);
  }

  /** The room must be there, for the text exactly `length` bytes of UTF-8. */
  content(value: string | Uint8Array, length: number): void {
    const buffer = this.#buffer;
    const at = this.#at;
    this.#at += length;
    if (typeof value !== 'string') buffer.set(value, at);
    else if (length !== value.length) buffer.write(value, at, length, 'utf8');
    else if (length > SHORT_TEXT) buffer.write(value, at, length, 'latin1');
    else for (let index = 0; index < length; index += 1) buffer[at + index] = value.charCodeAt(index);
  }

  /** With its length in 16 bits; null has the length -1. */
  string(value: string | null): void {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.ensure(length);
    this.content(value, length);
  }

  /** The count of an array that follows, and one more as a varint. */
  compactCount(count: number): void {
    this.ensure(LONGEST_UVARINT);
    this.uvarint(count + 1);
  }

  /** With its length and one more as a varint. */
  compactString(value: string): void {
    const length = Buffer.byteLength(value);
    this.compactCount(length);
    this.ensure(length);
    this.content(value, length);
  }

  /** No tagged fields (KIP-482). */
  noTags(): void {
    this.int8(0);
  }
}
