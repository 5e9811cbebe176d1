/**
 * Record batches read from their headers (KIP-98's format, magic 2): how many data records at or after an offset a read_committed
 * reader would get. Control batches and batches of aborted transactions count nothing. Records are only unpacked where a batch
 * begins before the offset, because compaction may have removed any of them.
 */
import { Reader, readRecordsBatch } from '@platformatic/kafka';

/** One entry of a fetch answer's list of aborted transactions. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface CountedBatches {
  readonly records: bigint;
  /** The offset after the last whole batch, or null when there was none. */
  readonly next: bigint | null;
}

const BASE_OFFSET = 0;
const LENGTH = 8;
const MAGIC = 16;
const ATTRIBUTES = 21;
const LAST_OFFSET_DELTA = 23;
const PRODUCER_ID = 43;
const RECORD_COUNT = 57;
const RECORDS = 61;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;

/**
 * Counts the data records in [from, to) of the whole batches in `bytes`, a fetch answer of read_committed; a batch cut off at the
 * end is left for the next fetch. Messages older than magic 2 know no transactions: each entry counts as one record at least.
 */
export function countDataRecords(
  bytes: Buffer,
  aborted: readonly AbortedTransaction[],
  range: { readonly from: bigint; readonly to: bigint },
): CountedBatches {
  const pending = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const abortedNow = new Set<bigint>();
  let records = 0n;
  let next: bigint | null = null;
  for (let at = 0; at + LENGTH + 4 <= bytes.length; ) {
    const size = LENGTH + 4 + bytes.readInt32BE(at + LENGTH);
    if (at + size > bytes.length || size <= MAGIC) break;
    const batch = bytes.subarray(at, at + size);
    at += size;
    const base = batch.readBigInt64BE(BASE_OFFSET);
    if (batch.readInt8(MAGIC) < 2) {
      if (base >= range.from && base < range.to) records += 1n;
      next = base + 1n;
      continue;
    }
    const last = base + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA));
    const attributes = batch.readInt16BE(ATTRIBUTES);
    const producerId = batch.readBigInt64BE(PRODUCER_ID);
    while (pending[0] !== undefined && pending[0].firstOffset <= last) {
      abortedNow.add(pending[0].producerId);
      pending.shift();
    }
    next = last + 1n;
    if ((attributes & CONTROL) !== 0) {
      if (markerOf(batch) === ABORT_MARKER) abortedNow.delete(producerId);
    } else if ((attributes & TRANSACTIONAL) === 0 || !abortedNow.has(producerId)) {
      records += recordsWithin(batch, base, last, range);
    }
  }
  return { records, next };
}

/** The type in a control record's key: version and type, two bytes each, after the record's own head of at least five bytes. */
function markerOf(batch: Buffer): number | null {
  const key = unpack(batch)?.[0]?.key;
  return key === undefined || key === null || key.length < 4 ? null : key.readInt16BE(2);
}

function recordsWithin(batch: Buffer, base: bigint, last: bigint, range: { from: bigint; to: bigint }): bigint {
  const count = BigInt(batch.readInt32BE(RECORD_COUNT));
  if (count === 0n || last < range.from || base >= range.to) return 0n;
  if (base >= range.from && last < range.to) return count;
  const unpacked = unpack(batch);
  if (unpacked === null) return 1n;
  return BigInt(
    unpacked.filter(r => base + BigInt(r.offsetDelta) >= range.from && base + BigInt(r.offsetDelta) < range.to).length,
  );
}

/** The batch's records, or null when its compression cannot be read here: then it must not be called empty. */
function unpack(batch: Buffer): readonly { readonly offsetDelta: number; readonly key: Buffer | null }[] | null {
  if (batch.length < RECORDS) return null;
  try {
    return readRecordsBatch(Reader.from(batch)).records;
  } catch {
    return null;
  }
}
