/**
 * Collects what the audit joins, while it happens, in columns: every acknowledgement, every record of both logs, every call of
 * a handler. A record in a log that does not carry an identity is not traffic of the demo and is counted as foreign.
 */
import type { AuditInput, LogRows, Stream } from './audit.ts';
import { Column } from './columns.ts';
import { StreamTable } from './stream-table.ts';

export type Colour = 'blue' | 'green';

export class Journal {
  readonly #streams = new StreamTable();
  readonly #acknowledged = { stream: new Column(), sequence: new Column(), atMs: new Column() };
  readonly #logs = { blue: logColumns(), green: logColumns() };
  readonly #groups: ReadonlyMap<string, { topics: readonly string[]; stream: Column; sequence: Column }>;
  readonly #inTopic = { blue: new Map<string, number>(), green: new Map<string, number>() };
  #produced = 0;
  #foreign = 0;

  constructor(groups: readonly { readonly group: string; readonly topics: readonly string[] }[]) {
    this.#groups = new Map(
      groups.map(({ group, topics }) => [group, { topics, stream: new Column(), sequence: new Column() }]),
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
  }

  /** A record of a log, with the identity it carries; null when it carries none. */
  hold(
    colour: Colour,
    topic: string,
    partition: number,
    identity: { readonly key: string; readonly producer: string; readonly sequence: number } | null,
  ): void {
    if (identity === null) {
      this.#foreign += 1;
      return;
    }
    const log = this.#logs[colour];
    log.stream.push(this.intern({ topic, key: identity.key, producer: identity.producer }));
    log.sequence.push(identity.sequence);
    log.partition.push(partition);
    this.#inTopic[colour].set(topic, (this.#inTopic[colour].get(topic) ?? 0) + 1);
  }

  /** Records of a group's topics that the logs hold beyond what its handler was called for. */
  unhandled(group: string): number {
    const columns = this.#groups.get(group);
    if (!columns) return 0;
    const held = columns.topics.reduce(
      (total, topic) => total + (this.#inTopic.blue.get(topic) ?? 0) + (this.#inTopic.green.get(topic) ?? 0),
      0,
    );
    return Math.max(0, held - columns.stream.length);
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
      blue: rowsOf(this.#logs.blue),
      green: rowsOf(this.#logs.green),
      groups: [...this.#groups].map(([group, { topics, stream, sequence }]) => ({
        group,
        topics,
        handled: { stream: stream.values(), sequence: sequence.values() },
      })),
    };
  }
}

function logColumns() {
  return { stream: new Column(), sequence: new Column(), partition: new Column() };
}

function rowsOf(log: ReturnType<typeof logColumns>): LogRows {
  return { stream: log.stream.values(), sequence: log.sequence.values(), partition: log.partition.values() };
}
