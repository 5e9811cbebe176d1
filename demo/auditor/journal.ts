/**
 * Collects what the audit joins, while it happens, in columns: every acknowledgement, every record of both logs, every call of
 * a handler. A record in a log that does not carry an identity is not traffic of the demo and is counted as foreign.
 */
import { type AuditInput, type ClusterLog, identityOf, type LogRows, type Stream } from './audit.ts';
import { Column } from './columns.ts';
import { StreamTable } from './stream-table.ts';

interface GroupColumns {
  readonly topics: readonly string[];
  readonly stream: Column;
  readonly sequence: Column;
  readonly handled: Set<number>;
  /** Held by a log in service, and not handled yet. */
  readonly awaited: Set<number>;
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
        {
          topics,
          stream: new Column(),
          sequence: new Column(),
          handled: new Set<number>(),
          awaited: new Set<number>(),
        },
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
    const record = identityOf(stream, sequence);
    columns.handled.add(record);
    columns.awaited.delete(record);
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
    const { rows, inTopic, stranded } = this.#logOf(cluster);
    const stream = this.intern({ topic, key: identity.key, producer: identity.producer });
    rows.stream.push(stream);
    rows.sequence.push(identity.sequence);
    rows.partition.push(partition);
    inTopic.set(topic, (inTopic.get(topic) ?? 0) + 1);
    if (stranded) return;
    const record = identityOf(stream, identity.sequence);
    for (const { topics, handled, awaited } of this.#groups.values())
      if (topics.includes(topic) && !handled.has(record)) awaited.add(record);
  }

  /** The traffic left this cluster for good: what it holds stays there, and no group will read it. */
  strand(cluster: string): void {
    const log = this.#logOf(cluster);
    log.stranded = true;
    const [streams, sequences] = [log.rows.stream.values(), log.rows.sequence.values()];
    for (const { awaited } of this.#groups.values())
      streams.forEach((stream, row) => awaited.delete(identityOf(stream, sequences[row] ?? -1)));
  }

  /** Records that the cluster's log was seen to hold, by topic. */
  heldBy(cluster: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#logOf(cluster).inTopic);
  }

  /** Records of a group's topics that the logs in service hold and its handler was not called for. */
  unhandled(group: string): number {
    return this.#groups.get(group)?.awaited.size ?? 0;
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
