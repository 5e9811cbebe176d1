/**
 * Collects what the audit joins, while it happens, in columns: every acknowledgement, every record of both logs, every call of
 * a handler. A record in a log that does not carry an identity is not traffic of the demo and is counted as foreign.
 */
import type { AuditInput, ClusterLog, LogRows, Stream } from './audit.ts';
import { Column } from './columns.ts';
import { StreamTable } from './stream-table.ts';

/** More than any stream has. */
const SEQUENCES = 2 ** 31;

interface GroupColumns {
  readonly topics: readonly string[];
  readonly stream: Column;
  readonly sequence: Column;
  /** A record that is handled twice stands for no other. */
  readonly distinct: Set<number>;
}

interface Log {
  stranded: boolean;
  readonly rows: ReturnType<typeof logColumns>;
  readonly inTopic: Map<string, number>;
}

export class Journal {
  readonly #streams = new StreamTable();
  readonly #acknowledged = { stream: new Column(), sequence: new Column(), atMs: new Column() };
  /** By cluster, in the order in which they were first seen. */
  readonly #logs = new Map<string, Log>();
  readonly #groups: ReadonlyMap<string, GroupColumns>;
  #produced = 0;
  #foreign = 0;

  constructor(groups: readonly { readonly group: string; readonly topics: readonly string[] }[]) {
    this.#groups = new Map(
      groups.map(({ group, topics }) => [
        group,
        { topics, stream: new Column(), sequence: new Column(), distinct: new Set<number>() },
      ]),
    );
  }

  get foreign(): number {
    return this.#foreign;
  }

  get produced(): number {
    return this.#produced;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.stream.length;
  }

  /** Index of a stream in every column. */
  intern(stream: Stream): number {
    return this.#streams.intern(stream);
  }

  produce(count: number): void {
    this.#produced += count;
  }

  acknowledge(stream: number, sequence: number, atMs: number): void {
    this.#acknowledged.stream.push(stream);
    this.#acknowledged.sequence.push(sequence);
    this.#acknowledged.atMs.push(atMs);
  }

  handle(group: string, stream: number, sequence: number): void {
    const columns = this.#groups.get(group);
    if (!columns) throw new Error(`Group ${group} is not one of the demo's.`);
    columns.stream.push(stream);
    columns.sequence.push(sequence);
    columns.distinct.add(stream * SEQUENCES + sequence);
  }

  /** A record of a cluster's log, with the identity it carries; null when it carries none. */
  hold(
    cluster: string,
    topic: string,
    partition: number,
    identity: { readonly key: string; readonly producer: string; readonly sequence: number } | null,
  ): void {
    if (identity === null) {
      this.#foreign += 1;
      return;
    }
    const { rows, inTopic } = this.#logOf(cluster);
    rows.stream.push(this.intern({ topic, key: identity.key, producer: identity.producer }));
    rows.sequence.push(identity.sequence);
    rows.partition.push(partition);
    inTopic.set(topic, (inTopic.get(topic) ?? 0) + 1);
  }

  /** A rollback left this cluster: what it holds stays there, and no group will read it. */
  strand(cluster: string): void {
    this.#logOf(cluster).stranded = true;
  }

  /** Records that the cluster's log was seen to hold, by topic. */
  heldBy(cluster: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#logOf(cluster).inTopic);
  }

  /** Records of a group's topics that the logs in service hold beyond what its handler was called for. */
  unhandled(group: string): number {
    const columns = this.#groups.get(group);
    if (!columns) return 0;
    const logs = [...this.#logs.values()].filter(log => !log.stranded);
    const held = columns.topics.reduce(
      (total, topic) => total + logs.reduce((sum, { inTopic }) => sum + (inTopic.get(topic) ?? 0), 0),
      0,
    );
    return Math.max(0, held - columns.distinct.size);
  }

  toInput(): AuditInput {
    return {
      streams: this.#streams.all(),
      produced: this.#produced,
      acknowledged: {
        stream: this.#acknowledged.stream.values(),
        sequence: this.#acknowledged.sequence.values(),
        atMs: this.#acknowledged.atMs.values(),
      },
      logs: [...this.#logs].map(
        ([cluster, { rows, stranded }]): ClusterLog => ({ cluster, rows: rowsOf(rows), stranded }),
      ),
      groups: [...this.#groups].map(([group, { topics, stream, sequence }]) => ({
        group,
        topics,
        handled: { stream: stream.values(), sequence: sequence.values() },
      })),
    };
  }

  #logOf(cluster: string): Log {
    const known = this.#logs.get(cluster);
    if (known !== undefined) return known;
    const log = { stranded: false, rows: logColumns(), inTopic: new Map<string, number>() };
    this.#logs.set(cluster, log);
    return log;
  }
}

function logColumns() {
  return { stream: new Column(), sequence: new Column(), partition: new Column() };
}

function rowsOf(log: ReturnType<typeof logColumns>): LogRows {
  return { stream: log.stream.values(), sequence: log.sequence.values(), partition: log.partition.values() };
}
