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

export interface ClusterLog {
  readonly cluster: string;
  readonly rows: LogRows;
  /** The traffic left it for good: its records are counted, and no group is expected to read them. */
  readonly stranded: boolean;
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
  /** In the order in which the clusters served. */
  readonly logs: readonly ClusterLog[];
  readonly groups: readonly GroupRows[];
}

export interface GroupAudit {
  readonly group: string;
  /** Distinct records of the group's topics that a log in service held. */
  readonly expected: number;
  /** Calls of the handler. */
  readonly handled: number;
  /** In a log in service, never handled. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Handled, but in no log. */
  readonly unexplained: number;
  readonly complete: boolean;
}

export interface PartitionStall {
  readonly topic: string;
  readonly partition: number;
  /** From the last acknowledgement of a record that one cluster holds to the first of one that its successor holds. */
  readonly stallMs: number;
}

export interface AuditResult {
  readonly produced: number;
  readonly acknowledged: number;
  /** By cluster. */
  readonly acknowledgedOn: Readonly<Record<string, number>>;
  /** Distinct records that only a cluster left by a rollback holds, by topic. */
  readonly stranded: Readonly<Record<string, number>>;
  /** Records read from all clusters' logs. */
  readonly read: number;
  /** Sums over the logs and every group. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly inLogs: {
    /** Acknowledged, but in no log. */
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
  const logs = input.logs.map(log => ({ ...log, held: new Set(identities(log.rows)) }));
  const held = new Set(logs.flatMap(log => [...log.held]));
  const inService = new Set(logs.filter(log => !log.stranded).flatMap(log => [...log.held]));

  const logOrder = orderOf(
    input.logs.filter(log => !log.stranded).map(log => log.rows),
    ...input.logs.filter(log => log.stranded).map(log => [log.rows]),
  );
  const acknowledged = new Set(identities(input.acknowledged));
  const inLogs = {
    lost: countWhere(acknowledged, identity => !held.has(identity)),
    doubled: logOrder.doubled,
    reordered: logOrder.reordered,
    unacknowledged: countWhere(held, identity => !acknowledged.has(identity)),
  };
  const groups = input.groups.map(group => auditGroup(group, input.streams, { held, inService }));
  const stalls = stallsOf(input);
  const stallMs = stalls.map(stall => stall.stallMs).toSorted((a, b) => a - b);
  return {
    produced: input.produced,
    acknowledged: acknowledged.size,
    acknowledgedOn: Object.fromEntries(
      logs.map(log => [log.cluster, countWhere(acknowledged, identity => log.held.has(identity))]),
    ),
    stranded: countByTopic(
      [...held].filter(identity => !inService.has(identity)),
      identity => input.streams[streamOf(identity)]?.topic ?? '',
    ),
    read: sum(input.logs, log => log.rows.stream.length),
    lost: inLogs.lost + sum(groups, group => group.lost),
    doubled: inLogs.doubled + sum(groups, group => group.doubled),
    reordered: inLogs.reordered + sum(groups, group => group.reordered),
    inLogs,
    groups,
    stalls,
    writeStallMs: { p50: percentile(stallMs, 50), p99: percentile(stallMs, 99), max: percentile(stallMs, 100) },
  };
}

interface Held {
  readonly held: ReadonlySet<number>;
  readonly inService: ReadonlySet<number>;
}

function auditGroup(rows: GroupRows, streams: readonly Stream[], { held, inService }: Held): GroupAudit {
  const topics = new Set(rows.topics);
  const isRead = streams.map(stream => topics.has(stream.topic));
  const handled = new Set(identities(rows.handled));
  const order = orderOf([rows.handled]);
  const expected = countWhere(inService, identity => isRead[streamOf(identity)] === true);
  const lost = countWhere(inService, identity => isRead[streamOf(identity)] === true && !handled.has(identity));
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
 * A repeat counts as doubled, wherever it is, and is then left out; of what remains in one succession of rows, each place where
 * a lower sequence follows a higher one of its stream counts as reordered, so that one record out of place is one.
 */
function orderOf(...successions: readonly (readonly SeenRecords[])[]): { doubled: number; reordered: number } {
  const seen = new Set<number>();
  let doubled = 0;
  let reordered = 0;
  for (const succession of successions) {
    const last = new Map<number, number>();
    for (const rows of succession)
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
  }
  return { doubled, reordered };
}

/** One stall for each partition and each move of the traffic from a cluster to its successor. */
function stallsOf(input: AuditInput): PartitionStall[] {
  const served = input.logs.filter(log => !log.stranded).map(log => acknowledgementsOf(input, log.rows));
  return served.flatMap((before, index) => {
    const after = served[index + 1];
    if (after === undefined) return [];
    return [...before].flatMap(([place, { last }]) => {
      const first = after.get(place)?.first;
      if (first === undefined) return [];
      const at = place.lastIndexOf('/');
      const stallMs = Math.max(0, Math.round(first - last));
      return [{ topic: place.slice(0, at), partition: Number(place.slice(at + 1)), stallMs }];
    });
  });
}

/** When the first and the last record of each partition that this log holds were acknowledged, by `topic/partition`. */
function acknowledgementsOf(input: AuditInput, log: LogRows): Map<string, { first: number; last: number }> {
  const partitions = partitionsByIdentity(log);
  const times = new Map<string, { first: number; last: number }>();
  input.acknowledged.atMs.forEach((atMs, row) => {
    const stream = input.acknowledged.stream[row] ?? -1;
    const partition = partitions.get(identityOf(stream, input.acknowledged.sequence[row] ?? -1));
    if (partition === undefined) return;
    const place = `${input.streams[stream]?.topic ?? ''}/${partition}`;
    const known = times.get(place) ?? { first: atMs, last: atMs };
    times.set(place, { first: Math.min(known.first, atMs), last: Math.max(known.last, atMs) });
  });
  return times;
}

/** Nearest rank: the smallest value that at least `percent` of all do not exceed; 0 of none. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

/** More than any stream has. */
const SEQUENCES = 2 ** 31;

/** One number for a record: its stream, by index, and its sequence there. */
export function identityOf(stream: number, sequence: number): number {
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

function countByTopic(values: Iterable<number>, topicOf: (value: number) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[topicOf(value)] = (counts[topicOf(value)] ?? 0) + 1;
  return counts;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
