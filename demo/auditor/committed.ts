/**
 * What a read_committed reader gets of a fetch answer (KIP-98): no control records, and nothing of a transaction that the
 * answer lists as aborted, from its first offset to its abort marker.
 */
import type { LogRecord, RecordBatch } from './record-batch.ts';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export function committedRecords(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): LogRecord[] {
  const pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  const records: LogRecord[] = [];
  for (const { lastOffset, producerId, content } of batches) {
    while ((pending[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= lastOffset) {
      const begun = pending.shift();
      if (begun) aborting.add(begun.producerId);
    }
    if (content.kind === 'control') {
      if (content.aborts) aborting.delete(producerId);
    } else if (!(content.transactional && aborting.has(producerId))) {
      for (const record of content.records()) if (record.offset >= fromOffset) records.push(record);
    }
  }
  return records;
}
