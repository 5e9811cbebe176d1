/** Record batches of magic 2 (KIP-98), each written straight into one buffer: no object for a record, no copy of a value. */
import codecs from 'kafkajs/src/protocol/message/compression/index.js';
import { ByteWriter, sizeOfUVarint, zigzag } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';

const MAGIC = 2;
const TRANSACTIONAL = 0x10;
const UNCOMPRESSED = 0;
/** First offset and length: what stands before what the length counts. */
const LENGTH_END = 12;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const HEADER_BYTES = 61;
const NONE = zigzag(-1);
/** Length, attributes, two deltas, lengths of key and value, count of headers, each at its largest. */
const MOST_OVERHEAD = 40;
const INT32_MAX = 0x7fffffff;

export interface WireRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  /** Milliseconds since 1970, a whole number. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

type HeaderValue = Uint8Array | string | null | undefined;

export interface BatchContent {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  /** kafkajs's compression type. */
  readonly compression: number;
  readonly transactional: boolean;
  /** About as much as the records take, uncompressed. */
  readonly bytes: number;
  readonly records: readonly WireRecord[];
}

/**
 * The batch as a log holds it, its first offset 0. Fails with KafkaJSNotImplemented, as kafkajs does, where no codec is
 * registered for the compression.
 */
export async function encodeRecordBatch(batch: BatchContent): Promise<Buffer> {
  const { records, compression } = batch;
  if (compression === UNCOMPRESSED) {
    const writer = new ByteWriter(HEADER_BYTES + batch.bytes);
    writeHeader(writer, batch);
    writeRecords(writer, records);
    return finish(writer);
  }
  const plain = new ByteWriter(batch.bytes);
  writeRecords(plain, records);
  const compressed = await codecOf(compression).compress({ buffer: plain.bytes });
  const writer = new ByteWriter(HEADER_BYTES + compressed.length);
  writeHeader(writer, batch);
  writer.content(compressed, compressed.length);
  return finish(writer);
}

function codecOf(compression: number): ReturnType<typeof codecs.lookupCodec> & object {
  const codec = codecs.lookupCodec(compression);
  if (codec !== null) return codec;
  throw Object.assign(new Error(`There is no compression type ${compression}.`), { name: 'KafkaJSNotImplemented' });
}

/** Everything up to the count of records; length and checksum are filled in by `finish`. */
function writeHeader(writer: ByteWriter, batch: BatchContent): void {
  const { records, compression, producerId, producerEpoch, firstSequence } = batch;
  const base = baseTimestamp(records);
  let latest = base;
  for (const { timestamp } of records) latest = Math.max(latest, timestamp);
  writer.int64(0n);
  writer.int32(0);
  writer.int32(0);
  writer.int8(MAGIC);
  writer.int32(0);
  writer.int16(batch.transactional ? compression | TRANSACTIONAL : compression);
  writer.int32(records.length - 1);
  writer.int64(BigInt(base));
  writer.int64(BigInt(latest));
  writer.int64(BigInt(producerId));
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(records.length);
}

function finish(writer: ByteWriter): Buffer {
  const { bytes } = writer;
  writer.patch32(LENGTH_END - 4, bytes.length - LENGTH_END);
  writer.patch32(CRC_AT, crc32c(bytes, CHECKED_FROM, bytes.length));
  return bytes;
}

function baseTimestamp(records: readonly WireRecord[]): number {
  return records[0]?.timestamp ?? 0;
}

function writeRecords(writer: ByteWriter, records: readonly WireRecord[]): void {
  const base = baseTimestamp(records);
  for (let position = 0; position < records.length; position += 1) {
    const record = records[position];
    if (record !== undefined) writeRecord(writer, record, position, record.timestamp - base);
  }
}

function writeRecord(writer: ByteWriter, record: WireRecord, position: number, delta: number): void {
  const { key, value, headers } = record;
  const keyLength = lengthOf(key);
  const valueLength = lengthOf(value);
  const names = Object.keys(headers);
  const own =
    1 + sizeOfDelta(delta) + sizeOfUVarint(zigzag(position)) + sizeOfPart(keyLength) + sizeOfPart(valueLength);
  const size = own + (names.length === 0 ? 1 : sizeOfHeaders(headers, names));
  writer.ensure(size + MOST_OVERHEAD);
  writer.uvarint(zigzag(size));
  writer.uvarint(0);
  writeDelta(writer, delta);
  writer.uvarint(zigzag(position));
  writePart(writer, key, keyLength);
  writePart(writer, value, valueLength);
  if (names.length === 0) writer.uvarint(0);
  else writeHeaders(writer, headers, names);
}

function writeHeaders(writer: ByteWriter, headers: WireRecord['headers'], names: readonly string[]): void {
  writer.uvarint(zigzag(countOf(headers, names)));
  for (const name of names) {
    for (const value of valuesOf(headers[name])) {
      writePart(writer, name, lengthOf(name));
      writePart(writer, value, lengthOf(value));
    }
  }
}

function sizeOfHeaders(headers: WireRecord['headers'], names: readonly string[]): number {
  let size = sizeOfUVarint(zigzag(countOf(headers, names)));
  for (const name of names) {
    const nameSize = sizeOfPart(lengthOf(name));
    for (const value of valuesOf(headers[name])) size += nameSize + sizeOfPart(lengthOf(value));
  }
  return size;
}

function countOf(headers: WireRecord['headers'], names: readonly string[]): number {
  return names.reduce((count, name) => count + valuesOf(headers[name]).length, 0);
}

function valuesOf(value: HeaderValue | readonly HeaderValue[]): readonly HeaderValue[] {
  return Array.isArray(value) ? value : [value as HeaderValue];
}

/** In bytes; -1 of nothing, as records hold it. */
function lengthOf(part: HeaderValue): number {
  if (part === null || part === undefined) return -1;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
}

function sizeOfPart(length: number): number {
  return length < 0 ? 1 : sizeOfUVarint(zigzag(length)) + length;
}

function writePart(writer: ByteWriter, part: HeaderValue, length: number): void {
  writer.uvarint(length < 0 ? NONE : zigzag(length));
  if (part !== null && part !== undefined) writer.content(part, length);
}

/** Time stamps of one batch may lie further apart than 32 bits of milliseconds (24 days). */
function sizeOfDelta(delta: number): number {
  if (Math.abs(delta) <= INT32_MAX) return sizeOfUVarint(zigzag(delta));
  let size = 1;
  for (let left = zigzagLong(delta); left > 0x7fn; left >>= 7n) size += 1;
  return size;
}

function writeDelta(writer: ByteWriter, delta: number): void {
  if (Math.abs(delta) <= INT32_MAX) writer.uvarint(zigzag(delta));
  else writer.uvarlong(zigzagLong(delta));
}

function zigzagLong(value: number): bigint {
  const long = BigInt(value);
  return long < 0n ? -long * 2n - 1n : long * 2n;
}
