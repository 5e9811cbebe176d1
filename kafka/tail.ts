/**
 * Whether anything is left between a commit and the frozen end, by reading it as a read_committed consumer would. Clients that
 * commit the last record they got stay one behind each transaction marker for ever: such a tail is proved empty, not assumed.
 */
import { type Connection, type Reader, Writer } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { errorName, seenError, whyUnseen } from './errors.ts';
import type { TailCount } from './ledger.ts';
import { type AbortedTransaction, countDataRecords } from './record-batches.ts';
import { pauseFor } from './retry.ts';
import type { LongCall } from './topic-configs.ts';

export type TailRange = Omit<TailCount, 'data'>;
export type TailData = TailCount['data'] | { readonly kind: 'unknown'; readonly reason: string };

export interface TailOptions extends LongCall {
  /** Stop counting there; 1 by default: one record is enough to know that the range is not empty. */
  readonly atMost?: bigint;
}

const FETCH = 1;
/** The newest version that names topics instead of ids and whose answer needs no tags; offered by 3.x and 4.x alike. */
const FETCH_VERSION = 11;
const READ_COMMITTED = 1;
const MAX_BYTES = 1024 * 1024;
const PARALLEL = 8;
const LONGEST_THROTTLE_MS = 5_000;

/** Data records that a read_committed reader gets from [from, to); `at-least` when the count stopped at `atMost`. */
export async function dataRecordsBetween(cluster: Cluster, range: TailRange, o: TailOptions = {}): Promise<TailData> {
  const atMost = o.atMost ?? 1n;
  const to = BigInt(range.to);
  let from = BigInt(range.from);
  let records = 0n;
  let patience = 5;
  try {
    const leader = await leaderOf(cluster, range);
    if (leader === null) return { kind: 'unknown', reason: 'the partition has no leader' };
    while (from < to) {
      o.signal?.throwIfAborted();
      const fetched = await fetchOnce(await cluster.connectionTo(leader), range, from);
      seenError(`read ${range.topic}/${range.partition}`, fetched.code);
      if (fetched.error !== 'NONE') return { kind: 'unknown', reason: `broker ${leader} answered ${fetched.error}` };
      if (fetched.lastStable < to)
        return { kind: 'unknown', reason: `its last stable offset is ${fetched.lastStable}` };
      if (fetched.records.length === 0) {
        // A quota answers with nothing at once (KIP-219); any other silence proves nothing.
        if (fetched.throttleMs === 0 || patience-- === 0)
          return { kind: 'unknown', reason: `broker ${leader} returned nothing at ${from}, though the log goes on` };
        await pauseFor(Math.min(fetched.throttleMs, LONGEST_THROTTLE_MS), o.signal);
        continue;
      }
      const counted = countDataRecords(fetched.records, fetched.aborted, { from, to });
      records += counted.records;
      if (records >= atMost) return { kind: 'at-least', records: String(records) };
      if (counted.next === null || counted.next <= from)
        return { kind: 'unknown', reason: `broker ${leader} returned no whole batch at ${from}` };
      from = counted.next;
      o.progress?.({ readingTail: `${range.topic}/${range.partition}`, from: String(from), to: range.to });
    }
    return { kind: 'counted', records: String(records) };
  } catch (error) {
    return { kind: 'unknown', reason: whyUnseen(`read the tail of ${range.topic}/${range.partition}`, error) };
  }
}

/** The ranges that could be read, each with what is in it. What could not is left out: it stays as far behind as it looks. */
export async function readTails(
  cluster: Cluster,
  ranges: readonly TailRange[],
  o: TailOptions = {},
): Promise<TailCount[]> {
  const read: TailCount[] = [];
  const queue = ranges.values();
  const reader = async () => {
    for (const range of queue) {
      const data = await dataRecordsBetween(cluster, range, o);
      if (data.kind !== 'unknown') read.push({ ...range, data });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, reader));
  return read;
}

async function leaderOf(cluster: Cluster, range: TailRange): Promise<number | null> {
  const { topics } = await cluster.metadata([range.topic]);
  return topics[0]?.partitions.find(p => p.partition === range.partition)?.leader ?? null;
}

interface Fetched {
  readonly throttleMs: number;
  readonly code: number;
  readonly error: string;
  readonly lastStable: bigint;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/** Own encoding, because the client unpacks every record and hides the batches. */
function fetchOnce(connection: Connection, { topic, partition }: TailRange, from: bigint): Promise<Fetched> {
  const request = () =>
    Writer.create()
      .appendInt32(-1) // a consumer
      .appendInt32(500)
      .appendInt32(1)
      .appendInt32(MAX_BYTES)
      .appendInt8(READ_COMMITTED)
      .appendInt32(0) // no fetch session (KIP-227)
      .appendInt32(-1)
      .appendArray(
        [partition],
        (w, p) =>
          w
            .appendString(topic, false)
            .appendArray(
              [p],
              (wp, index) =>
                wp.appendInt32(index).appendInt32(-1).appendInt64(from).appendInt64(-1n).appendInt32(MAX_BYTES),
              false,
              false,
            ),
        false,
        false,
      )
      .appendArray([], w => w, false, false)
      .appendString('', false);
  return new Promise((resolve, reject) => {
    connection.send(FETCH, FETCH_VERSION, request, readFetchAnswer, false, false, (error, fetched) => {
      if (fetched === undefined) reject(error ?? new Error('The broker answered nothing.'));
      else resolve(fetched);
    });
  });
}

function readFetchAnswer(_correlationId: number, _api: number, _version: number, reader: Reader): Fetched {
  const throttleMs = reader.readInt32();
  const code = reader.readInt16();
  reader.skip(4); // session
  const [fetched] = reader.readArray(
    r => {
      r.readString(false);
      return r.readArray(readPartition, false, false);
    },
    false,
    false,
  );
  const first = fetched?.[0];
  if (code === 0 && first !== undefined) return { throttleMs, ...first };
  const error = code === 0 ? 'nothing for the partition' : errorName(code);
  return { throttleMs, code, error, lastStable: 0n, aborted: [], records: Buffer.alloc(0) };
}

function readPartition(r: Reader): Omit<Fetched, 'throttleMs'> {
  r.skip(4); // partition
  const code = r.readInt16();
  r.skip(8); // high watermark
  const lastStable = r.readInt64();
  r.skip(8); // log start
  const aborted = r.readNullableArray(a => ({ producerId: a.readInt64(), firstOffset: a.readInt64() }), false, false);
  r.skip(4); // preferred replica
  const records = r.readNullableBytes(false);
  return { code, error: errorName(code), lastStable, aborted: aborted ?? [], records: records ?? Buffer.alloc(0) };
}
