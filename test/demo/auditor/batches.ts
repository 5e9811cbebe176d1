/** Encodes record batches as a producer or a broker would, so that the reader is tested against bytes, not against itself. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c } from '../../../demo/auditor/crc32c.ts';

export interface BatchSpec {
  readonly baseOffset: number;
  readonly records?: readonly {
    readonly key: string | null;
    readonly value: string | null;
    readonly headers?: number;
  }[];
  readonly codec?: 0 | 1 | 2 | 4;
  readonly producerId?: bigint;
  readonly transactional?: boolean;
  readonly control?: 'commit' | 'abort';
  /** Offsets at the end of the batch that compaction emptied. */
  readonly emptyTail?: number;
}

export function encodeBatch(spec: BatchSpec): Buffer {
  const records = spec.control ? [controlRecord(spec.control)] : (spec.records ?? []).map(encodeRecord);
  const plain = Buffer.concat(records.map(record => Buffer.concat([varint(record.length), record])));
  const codec = spec.codec ?? 0;
  const body = codec === 1 ? gzipSync(plain) : codec === 4 ? zstdCompressSync(plain) : plain;
  const checked = Buffer.alloc(40);
  const attributes = codec | (spec.transactional === true ? 0x10 : 0) | (spec.control ? 0x30 : 0);
  checked.writeInt16BE(attributes, 0);
  checked.writeInt32BE(records.length - 1 + (spec.emptyTail ?? 0), 2);
  checked.writeBigInt64BE(spec.producerId ?? -1n, 22);
  checked.writeInt32BE(records.length, 36);
  const afterLength = Buffer.alloc(9);
  afterLength.writeInt8(2, 4);
  afterLength.writeUInt32BE(crc32c(Buffer.concat([checked, body])), 5);
  const head = Buffer.alloc(12);
  head.writeBigInt64BE(BigInt(spec.baseOffset), 0);
  head.writeInt32BE(afterLength.length + checked.length + body.length, 8);
  return Buffer.concat([head, afterLength, checked, body]);
}

function encodeRecord(
  record: { readonly key: string | null; readonly value: string | null; readonly headers?: number },
  index: number,
): Buffer {
  const headers = record.headers ?? 0;
  return Buffer.concat([
    Buffer.from([0]),
    varint(index),
    varint(index),
    nullable(record.key),
    nullable(record.value),
    varint(headers),
    ...Array.from({ length: headers }, () => Buffer.concat([nullable('name'), nullable('text')])),
  ]);
}

function controlRecord(kind: 'commit' | 'abort'): Buffer {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  const value = Buffer.alloc(6);
  return Buffer.concat([Buffer.from([0, 0, 0]), varint(key.length), key, varint(value.length), value, varint(0)]);
}

function nullable(text: string | null): Buffer {
  if (text === null) return varint(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  bytes.push(Number(zigzag));
  return Buffer.from(bytes);
}
