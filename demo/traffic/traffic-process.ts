/**
 * The demo's end of the traffic process: starts it, writes what it reports into the journal, and stops it in order.
 * Should the process end unasked, every wait for it fails with its exit.
 */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from '../auditor/journal.ts';
import { type FromTraffic, formatMessage, readMessages, type ToTraffic } from './messages.ts';
import type { Applications } from './shapes.ts';

const ENDS_WITHIN_MS = 60_000;

export interface TrafficOptions {
  readonly journal: Journal;
  readonly applications: Applications;
  /** The name that the applications know Kafka by. */
  readonly record: string;
  /** Where to listen for the process's reports: a loopback address of this run. */
  readonly listenOn: string;
  /** Starts a program of the demo, given as its path below demo/. */
  readonly spawn: (program: string, args: readonly string[]) => ChildProcess;
}

export class TrafficProcess {
  readonly #journal: Journal;
  readonly #server: Server;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #told = new EventEmitter();
  readonly #seen = new Set<FromTraffic['kind']>();
  readonly #refused: string[] = [];
  /** This process's index of each stream of the other. */
  readonly #streams: number[] = [];
  /** Rejects when the process ends unasked or tells what makes no sense. */
  readonly broken: Promise<never>;
  #ended: Error | null = null;
  #stopping: 'no' | 'asked' = 'no';

  private constructor(journal: Journal, server: Server, child: ChildProcess, socket: Socket) {
    this.#journal = journal;
    this.#server = server;
    this.#child = child;
    this.#socket = socket.setEncoding('utf8');
    this.broken = once(this.#told, 'broken').then(([error]) => {
      throw error instanceof Error ? error : new Error(String(error));
    });
    this.broken.catch(() => undefined);
    child.once('exit', (code, signal) => {
      this.#end(new Error(`The traffic process ended with ${signal ?? `code ${code}`}. Its output says why.`));
    });
    this.#receive().catch((error: unknown) => this.#end(error instanceof Error ? error : new Error(String(error))));
  }

  /** Resolves when all producers and groups are running. */
  static async start(options: TrafficOptions): Promise<TrafficProcess> {
    const server = createServer();
    server.listen(0, options.listenOn);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
    const child = options.spawn('traffic/traffic', [
      options.record,
      options.listenOn,
      `${address.port}`,
      JSON.stringify(options.applications),
    ]);
    const [socket] = (await Promise.race([
      once(server, 'connection'),
      once(child, 'exit').then(([code]) => {
        server.close();
        throw new Error(`The traffic process ended with code ${String(code)} before it reported. Its output says why.`);
      }),
    ])) as [Socket];
    const traffic = new TrafficProcess(options.journal, server, child, socket);
    await traffic.#hear('consuming');
    return traffic;
  }

  /** Sends that a client gave up, as `topic: reason`. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Resolves when everything that was sent is acknowledged or refused, and reported. */
  async stopProducing(): Promise<void> {
    this.#tell({ kind: 'stop-producing' });
    const hung = delay(ENDS_WITHIN_MS, null, { ref: false }).then(() => {
      const open = this.#journal.produced - this.#journal.acknowledgedCount - this.#refused.length;
      throw new Error(
        `${open} records are neither acknowledged nor refused ${ENDS_WITHIN_MS / 1_000} s after the last.`,
      );
    });
    await Promise.race([this.#hear('stopped-producing'), hung]);
  }

  /** Lets the groups finish what they are at and leave; one that does not is ended. */
  async stop(): Promise<void> {
    this.#stopping = 'asked';
    if (this.#ended === null) {
      const gone = once(this.#child, 'exit');
      this.#tell({ kind: 'stop' });
      await Promise.race([gone, delay(ENDS_WITHIN_MS, null, { ref: false })]);
    }
    this.kill();
  }

  /** Ends it at once; for the way out after Ctrl-C or an error. */
  kill(): void {
    this.#stopping = 'asked';
    this.#child.kill('SIGKILL');
    this.#server.close();
  }

  async #hear(kind: FromTraffic['kind']): Promise<void> {
    if (this.#seen.has(kind)) return;
    if (this.#ended) throw this.#ended;
    await Promise.race([once(this.#told, kind), this.broken]);
  }

  #tell(message: ToTraffic): void {
    this.#socket.write(formatMessage(message));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    if (this.#stopping === 'no') this.#told.emit('broken', this.#ended);
  }

  async #receive(): Promise<void> {
    for await (const message of readMessages<FromTraffic>(this.#socket)) {
      this.#write(message);
      this.#seen.add(message.kind);
      this.#told.emit(message.kind);
    }
  }

  #write(message: FromTraffic): void {
    switch (message.kind) {
      case 'streams':
        for (const stream of message.streams) this.#streams.push(this.#journal.intern(stream));
        break;
      case 'produced':
        this.#journal.produce(message.count);
        break;
      case 'acknowledged':
        message.stream.forEach((stream, row) => {
          this.#journal.acknowledge(this.#known(stream), message.sequence[row] ?? -1, message.atMs[row] ?? 0);
        });
        break;
      case 'handled':
        message.stream.forEach((stream, row) => {
          this.#journal.handle(message.group, this.#known(stream), message.sequence[row] ?? -1);
        });
        break;
      case 'refused':
        this.#refused.push(`${message.topic}: ${message.why}`);
        break;
      case 'consuming':
      case 'stopped-producing':
        break;
    }
  }

  #known(stream: number): number {
    const index = this.#streams[stream];
    if (index === undefined) throw new Error(`The traffic process used stream ${stream} before it told of it.`);
    return index;
  }
}
