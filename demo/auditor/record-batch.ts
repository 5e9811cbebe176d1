/**
 * Record batches, format 2 (Kafka protocol guide, KIP-98): every batch's checksum is verified before a byte of it is believed.
 * A batch cut off at the end of an answer is left for the next fetch.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { WireReader } from './wire.ts';

const HEADER_BYTES = 61;
const LENGTH_ENDS_AT = 12;
const CHECKSUM_ENDS_AT = 21;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export interface LogRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

export type BatchContent =
  | { readonly kind: 'data'; readonly transactional: boolean; readonly records: () => LogRecord[] }
  /** A marker that ends a transaction; it takes an offset and is never handed to a consumer. */
  | { readonly kind: 'control'; readonly aborts: boolean };

export interface RecordBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly content: BatchContent;
}

/** The whole batches in a fetch answer's bytes, in offset order; throws where a batch is damaged or cannot be read. */
export function readBatches(bytes: Buffer): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = 0; bytes.length - at >= HEADER_BYTES; ) {
    const end = at + LENGTH_ENDS_AT + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    batches.push(readBatch(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

function readBatch(bytes: Buffer): RecordBatch {
  const header = new WireReader(bytes);
  const baseOffset = header.int64();
  header.take(8);
  const magic = header.int8();
  if (magic !== 2) throw new Error(`The batch at offset ${baseOffset} has format ${magic}; only format 2 is known.`);
  const checksum = header.uint32();
  if (crc32c(bytes.subarray(CHECKSUM_ENDS_AT)) !== checksum)
    throw new Error(`The batch at offset ${baseOffset} does not match its checksum.`);
  const attributes = header.int16();
  const lastOffset = baseOffset + header.int32();
  header.take(16);
  const producerId = header.bigint64();
  header.take(6);
  const count = header.int32();
  const body = bytes.subarray(header.position);
  const content: BatchContent =
    (attributes & CONTROL) !== 0
      ? { kind: 'control', aborts: isAbort(body) }
      : {
          kind: 'data',
          transactional: (attributes & TRANSACTIONAL) !== 0,
          records: () => readRecords(decompress(body, attributes & 0x07, baseOffset), count, baseOffset),
        };
  return { baseOffset, lastOffset, producerId, content };
}

function decompress(body: Buffer, codec: number, baseOffset: number): Buffer {
  switch (codec) {
    case 0:
      return body;
    case 1:
      return gunzipSync(body);
    case 4:
      return zstdDecompressSync(body);
    default:
      throw new Error(`The batch at offset ${baseOffset} is compressed by codec ${codec}; known are none, gzip, zstd.`);
  }
}

function readRecords(body: Buffer, count: number, baseOffset: number): LogRecord[] {
  const reader = new WireReader(body);
  return Array.from({ length: count }, () => {
    const end = reader.varint() + reader.position;
    reader.int8();
    reader.varint();
    const offset = baseOffset + reader.varint();
    const key = text(reader);
    const value = text(reader);
    reader.take(end - reader.position);
    return { offset, key, value };
  });
}

function text(reader: WireReader): string | null {
  const length = reader.varint();
  return length < 0 ? null : reader.take(length).toString('utf8');
}

/** The key of a control record is a version and a type; type 0 aborts, 1 commits. */
function isAbort(body: Buffer): boolean {
  const reader = new WireReader(body);
  reader.varint();
  reader.int8();
  reader.varint();
  reader.varint();
  reader.varint();
  reader.int16();
  return reader.int16() === 0;
}
