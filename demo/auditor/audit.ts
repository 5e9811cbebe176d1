/**
 * The verdict on a deployment: producers' acknowledgements × what the logs held × what each group's handler saw.
 * Nothing here knows how records were switched. Every count names one kind of harm, and a record counts once per place
 * where harm was done: in the logs, or in one group.
 */

/** What orders records: one producer instance's records of one key in one topic. */
export interface Stream {
  readonly topic: string;
  readonly key: string;
  readonly producer: string;
}

/** Rows of (index into `streams`, sequence) in the order in which they were seen. */
export interface SeenRecords {
  readonly stream: Float64Array;
  readonly sequence: Float64Array;
}

export interface Acknowledged extends SeenRecords {
  readonly atMs: Float64Array;
}

/** One cluster's logs: offset order within each partition. */
export interface LogRows extends SeenRecords {
  readonly partition: Float64Array;
}

export interface GroupRows {
  readonly group: string;
  readonly topics: readonly string[];
  /** In the order in which the handler was called. */
  readonly handled: SeenRecords;
}

export interface AuditInput {
  readonly streams: readonly Stream[];
  /** Records that producers were asked to send. */
  readonly produced: number;
  readonly acknowledged: Acknowledged;
  readonly blue: LogRows;
  readonly green: LogRows;
  readonly groups: readonly GroupRows[];
}

export interface GroupAudit {
  readonly group: string;
  /** Distinct records of the group's topics that a log held. */
  readonly expected: number;
  /** Calls of the handler. */
  readonly handled: number;
  /** In a log, never handled. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Handled, but in neither log. */
  readonly unexplained: number;
  readonly complete: boolean;
}

export interface PartitionStall {
  readonly topic: string;
  readonly partition: number;
  /** From the last acknowledgement of a record that blue holds to the first of one that green holds. */
  readonly stallMs: number;
}

export interface AuditResult {
  readonly produced: number;
  readonly acknowledged: number;
  readonly acknowledgedOnBlue: number;
  readonly acknowledgedOnGreen: number;
  /** Records read from both clusters' logs. */
  readonly read: number;
  /** Sums over the logs and every group. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly inLogs: {
    /** Acknowledged, but in neither log. */
    readonly lost: number;
    readonly doubled: number;
    readonly reordered: number;
    /** In a log, but never acknowledged: allowed, and shown. */
    readonly unacknowledged: number;
  };
  readonly groups: readonly GroupAudit[];
  readonly stalls: readonly PartitionStall[];
  readonly writeStallMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

export function audit(input: AuditInput): AuditResult {
  const onBlue = new Set(identities(input.blue));
  const onGreen = new Set(identities(input.green));
  const isHeld = (identity: number) => onBlue.has(identity) || onGreen.has(identity);

  const logOrder = orderOf(input.blue, input.green);
  const acknowledged = new Set(identities(input.acknowledged));
  const held = new Set([...onBlue, ...onGreen]);
  const inLogs = {
    lost: countWhere(acknowledged, identity => !isHeld(identity)),
    doubled: logOrder.doubled,
    reordered: logOrder.reordered,
    unacknowledged: countWhere(held, identity => !acknowledged.has(identity)),
  };
  const groups = input.groups.map(group => auditGroup(group, input.streams, held));
  const stalls = stallsOf(input, onBlue, onGreen);
  const stallMs = stalls.map(stall => stall.stallMs).toSorted((a, b) => a - b);
  return {
    produced: input.produced,
    acknowledged: acknowledged.size,
    acknowledgedOnBlue: countWhere(acknowledged, identity => onBlue.has(identity)),
    acknowledgedOnGreen: countWhere(acknowledged, identity => onGreen.has(identity)),
    read: input.blue.stream.length + input.green.stream.length,
    lost: inLogs.lost + sum(groups, group => group.lost),
    doubled: inLogs.doubled + sum(groups, group => group.doubled),
    reordered: inLogs.reordered + sum(groups, group => group.reordered),
    inLogs,
    groups,
    stalls,
    writeStallMs: { p50: percentile(stallMs, 50), p99: percentile(stallMs, 99), max: percentile(stallMs, 100) },
  };
}

function auditGroup(rows: GroupRows, streams: readonly Stream[], held: ReadonlySet<number>): GroupAudit {
  const topics = new Set(rows.topics);
  const isRead = streams.map(stream => topics.has(stream.topic));
  const handled = new Set(identities(rows.handled));
  const order = orderOf(rows.handled);
  const expected = countWhere(held, identity => isRead[streamOf(identity)] === true);
  const lost = countWhere(held, identity => isRead[streamOf(identity)] === true && !handled.has(identity));
  return {
    group: rows.group,
    expected,
    handled: rows.handled.stream.length,
    lost,
    doubled: order.doubled,
    reordered: order.reordered,
    unexplained: countWhere(handled, identity => !held.has(identity)),
    complete: lost === 0,
  };
}

interface Row {
  readonly stream: number;
  readonly sequence: number;
}

/**
 * A repeat counts as doubled and is then left out; of what remains, each place where a lower sequence follows a higher one of
 * its stream counts as reordered, so that one record out of place is one.
 */
function orderOf(...inOrder: readonly SeenRecords[]): { doubled: number; reordered: number } {
  const seen = new Set<number>();
  const last = new Map<number, number>();
  let doubled = 0;
  let reordered = 0;
  for (const rows of inOrder)
    for (const { stream, sequence } of rowsOf(rows)) {
      const identity = identityOf(stream, sequence);
      if (seen.has(identity)) {
        doubled += 1;
      } else {
        seen.add(identity);
        if (sequence < (last.get(stream) ?? -1)) reordered += 1;
        last.set(stream, sequence);
      }
    }
  return { doubled, reordered };
}

function stallsOf(input: AuditInput, onBlue: ReadonlySet<number>, onGreen: ReadonlySet<number>): PartitionStall[] {
  const partitionOnBlue = partitionsByIdentity(input.blue);
  const partitionOnGreen = partitionsByIdentity(input.green);
  const lastOnBlue = new Map<string, number>();
  const firstOnGreen = new Map<string, number>();
  input.acknowledged.atMs.forEach((atMs, row) => {
    const stream = input.acknowledged.stream[row] ?? -1;
    const identity = identityOf(stream, input.acknowledged.sequence[row] ?? -1);
    const topic = input.streams[stream]?.topic ?? '';
    if (onBlue.has(identity)) {
      const place = `${topic}/${partitionOnBlue.get(identity)}`;
      lastOnBlue.set(place, Math.max(lastOnBlue.get(place) ?? 0, atMs));
    } else if (onGreen.has(identity)) {
      const place = `${topic}/${partitionOnGreen.get(identity)}`;
      firstOnGreen.set(place, Math.min(firstOnGreen.get(place) ?? Number.POSITIVE_INFINITY, atMs));
    }
  });
  return [...lastOnBlue].flatMap(([place, last]) => {
    const first = firstOnGreen.get(place);
    const at = place.lastIndexOf('/');
    if (first === undefined) return [];
    return [
      {
        topic: place.slice(0, at),
        partition: Number(place.slice(at + 1)),
        stallMs: Math.max(0, Math.round(first - last)),
      },
    ];
  });
}

/** Nearest rank: the smallest value that at least `percent` of all do not exceed; 0 of none. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

const SEQUENCES = 2 ** 31;

function identityOf(stream: number, sequence: number): number {
  return stream * SEQUENCES + sequence;
}

function streamOf(identity: number): number {
  return Math.floor(identity / SEQUENCES);
}

function* rowsOf(rows: SeenRecords): Generator<Row> {
  for (let row = 0; row < rows.stream.length; row += 1)
    yield { stream: rows.stream[row] ?? -1, sequence: rows.sequence[row] ?? -1 };
}

function* identities(rows: SeenRecords): Generator<number> {
  for (const { stream, sequence } of rowsOf(rows)) yield identityOf(stream, sequence);
}

function partitionsByIdentity(rows: LogRows): Map<number, number> {
  const partitions = new Map<number, number>();
  let row = 0;
  for (const identity of identities(rows)) partitions.set(identity, rows.partition[row++] ?? -1);
  return partitions;
}

function countWhere<T>(values: Iterable<T>, holds: (value: T) => boolean): number {
  let count = 0;
  for (const value of values) if (holds(value)) count += 1;
  return count;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
