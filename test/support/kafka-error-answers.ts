/**
 * A broker's answer with another error code in it, written where the answer's layout has one
 * (https://kafka.apache.org/protocol.html#protocol_messages). Only the versions that our own calls use are known.
 */

/** `error` is an error code; a list is an array of structures of these fields. All flexible ones end in tags. */
type Field = 'int8' | 'int16' | 'int32' | 'int64' | 'uuid' | 'bytes' | 'tags' | 'error' | readonly Field[];

interface Layout {
  readonly version: number;
  /** Flexible headers carry tags of their own, and arrays and strings are compact (KIP-482). */
  readonly flexible: boolean;
  /** Up to the last field that matters. */
  readonly fields: readonly Field[];
}

const layouts: Readonly<Record<string, Layout>> = {
  CreateTopics: flexible(7, [
    'bytes',
    'uuid',
    'error',
    'bytes',
    'int32',
    'int16',
    ['bytes', 'bytes', 'int8', 'int8', 'int8', 'tags'],
    'tags',
  ]),
  CreatePartitions: flexible(3, ['bytes', 'error', 'bytes', 'tags']),
  DeleteTopics: flexible(6, ['bytes', 'uuid', 'error', 'bytes', 'tags']),
  IncrementalAlterConfigs: flexible(1, ['error', 'bytes', 'int8', 'bytes', 'tags']),
  DescribeConfigs: flexible(4, [
    'error',
    'bytes',
    'int8',
    'bytes',
    ['bytes', 'bytes', 'int8', 'int8', 'int8', ['bytes', 'bytes', 'int8', 'tags'], 'int8', 'bytes', 'tags'],
    'tags',
  ]),
  FindCoordinator: flexible(4, ['bytes', 'int32', 'bytes', 'int32', 'error', 'bytes', 'tags']),
  OffsetCommit: flexible(8, ['bytes', ['int32', 'error', 'tags'], 'tags']),
  OffsetFetch: flexible(8, [
    'bytes',
    ['bytes', ['int32', 'int64', 'int32', 'bytes', 'error', 'tags'], 'tags'],
    'error',
    'tags',
  ]),
  ListOffsets: flexible(6, ['bytes', ['int32', 'error', 'int64', 'int64', 'int32', 'tags'], 'tags']),
  ListGroups: { version: 5, flexible: true, fields: ['int32', 'error'] },
  ListTransactions: { version: 0, flexible: true, fields: ['int32', 'error'] },
  OffsetDelete: { version: 0, flexible: false, fields: ['error'] },
};

/** Throttle time, then one array. */
function flexible(version: number, entry: readonly Field[]): Layout {
  return { version, flexible: true, fields: ['int32', entry] };
}

/** A copy of the answer that carries the code wherever it can; unchanged where its layout is not known. */
export function withErrorCode(api: string, version: number, frame: Buffer, code: number): Buffer {
  const layout = layouts[api];
  if (layout === undefined || layout.version !== version) return frame;
  const changed = Buffer.from(frame);
  const start = layout.flexible ? skipTags(changed, 8) : 8;
  walk(changed, start, layout.fields, code);
  return changed;
}

/** Whether `withErrorCode` can write into answers of this API. */
export function carriesErrorCode(api: string): boolean {
  return layouts[api] !== undefined;
}

const FIXED: Readonly<Record<string, number>> = { int8: 1, int16: 2, int32: 4, int64: 8, uuid: 16 };

function walk(frame: Buffer, from: number, fields: readonly Field[], code: number): number {
  let at = from;
  for (const field of fields) {
    if (typeof field !== 'string') {
      const [length, next] = readVarint(frame, at);
      at = next;
      for (let left = length - 1; left > 0; left -= 1) at = walk(frame, at, field, code);
    } else if (field === 'error') at = frame.writeInt16BE(code, at);
    else if (field === 'tags') at = skipTags(frame, at);
    else if (field === 'bytes') {
      const [length, next] = readVarint(frame, at);
      at = next + Math.max(0, length - 1);
    } else at += FIXED[field] ?? 0;
  }
  return at;
}

function skipTags(frame: Buffer, from: number): number {
  let [left, at] = readVarint(frame, from);
  for (; left > 0; left -= 1) {
    const [, afterTag] = readVarint(frame, at);
    const [size, afterSize] = readVarint(frame, afterTag);
    at = afterSize + size;
  }
  return at;
}

function readVarint(frame: Buffer, from: number): [value: number, next: number] {
  let value = 0;
  for (let at = from, shift = 0; ; at += 1, shift += 7) {
    const byte = frame.readUInt8(at);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
}
