/** Collects what happens in the traffic process and hands it to the demo several times a second, in columns. */
import type { Socket } from 'node:net';
import { StreamTable } from '../auditor/stream-table.ts';
import { type FromTraffic, formatMessage } from './messages.ts';

const FLUSH_EVERY_MS = 150;

export class Reporter {
  readonly #socket: Socket;
  readonly #streams = new StreamTable();
  readonly #timer: NodeJS.Timeout;
  readonly #handled = new Map<string, { stream: number[]; sequence: number[] }>();
  #streamsTold = 0;
  #produced = 0;
  #acknowledged = emptyAcknowledged();

  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#timer = setInterval(() => this.flush(), FLUSH_EVERY_MS);
  }

  /** What happens from now on is not told. */
  get closed(): boolean {
    return this.#closed;
  }

  produced(): void {
    this.#produced += 1;
  }

  acknowledged(topic: string, key: string, producer: string, sequence: number): void {
    this.#acknowledged.stream.push(this.#streams.intern({ topic, key, producer }));
    this.#acknowledged.sequence.push(sequence);
    this.#acknowledged.atMs.push(Date.now());
  }

  handled(group: string, topic: string, key: string, producer: string, sequence: number): void {
    const rows = this.#handled.get(group) ?? { stream: [], sequence: [] };
    this.#handled.set(group, rows);
    rows.stream.push(this.#streams.intern({ topic, key, producer }));
    rows.sequence.push(sequence);
  }

  tell(message: FromTraffic): void {
    this.flush();
    this.#send(message);
  }

  flush(): void {
    const streams = this.#streams.since(this.#streamsTold);
    this.#streamsTold += streams.length;
    if (streams.length > 0) this.#send({ kind: 'streams', streams });
    if (this.#produced > 0) this.#send({ kind: 'produced', count: this.#produced });
    if (this.#acknowledged.stream.length > 0) this.#send({ kind: 'acknowledged', ...this.#acknowledged });
    for (const [group, rows] of this.#handled) this.#send({ kind: 'handled', group, ...rows });
    this.#produced = 0;
    this.#acknowledged = emptyAcknowledged();
    this.#handled.clear();
  }

  /** Sends what is left and resolves when the socket took it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.flush();
    this.#closed = true;
    await new Promise<void>(resolve => {
      this.#socket.end(resolve);
    });
  }

  #send(message: FromTraffic): void {
    if (!this.#closed) this.#socket.write(formatMessage(message));
  }
}

function emptyAcknowledged(): { stream: number[]; sequence: number[]; atMs: number[] } {
  return { stream: [], sequence: [], atMs: [] };
}
