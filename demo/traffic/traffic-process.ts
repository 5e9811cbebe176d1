/**
 * The demo's end of the traffic process: starts it, writes what it reports into the journal, and stops it in order.
 * Should the process end unasked, every wait for it fails with its exit.
 */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from '../auditor/journal.ts';
import type { ClientKind } from './client-kind.ts';
import { type FromTraffic, formatMessage, readMessages, type ToTraffic, type TrafficTask } from './messages.ts';
import type { Applications } from './shapes.ts';

const ENDS_WITHIN_MS = 60_000;

export interface TrafficOptions {
  readonly journal: Journal;
  readonly applications: Applications;
  /** The name that the applications know Kafka by. */
  readonly record: string;
  /** The name that readers know it by; `record` when absent. */
  readonly readRecord?: string;
  /** `library` when absent. */
  readonly clients?: ClientKind;
  /** Where each producer's sequences begin; 0 when absent. */
  readonly firstSequence?: number;
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
  readonly #refused: string[] = [];
  readonly #givenUp = new Map<string, number>();
  #open = 0;
  /** This process's index of each stream of the other. */
  readonly #streams: number[] = [];
  /** Rejects when the process ends unasked or tells what makes no sense. */
  readonly broken: Promise<never>;
  readonly #consuming: Promise<unknown>;
  readonly #received: Promise<void>;
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
    this.#consuming = Promise.race([once(this.#told, 'consuming'), this.broken]);
    this.#received = this.#receive().catch((error: unknown) =>
      this.#end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Resolves when all producers and groups are running. */
  static async start(options: TrafficOptions): Promise<TrafficProcess> {
    const server = createServer();
    server.listen(0, options.listenOn);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
    const task: TrafficTask = {
      record: options.record,
      readRecord: options.readRecord ?? options.record,
      clients: options.clients ?? 'library',
      applications: options.applications,
      firstSequence: options.firstSequence ?? 0,
    };
    const child = options.spawn('traffic/traffic', [options.listenOn, `${address.port}`, JSON.stringify(task)]);
    const [socket] = (await Promise.race([
      once(server, 'connection'),
      once(child, 'exit').then(([code]) => {
        server.close();
        throw new Error(`The traffic process ended with code ${String(code)} before it reported. Its output says why.`);
      }),
    ])) as [Socket];
    const traffic = new TrafficProcess(options.journal, server, child, socket);
    await traffic.#consuming;
    return traffic;
  }

  /** Sends that a client gave up, as `topic: reason`. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Sends of which the application cannot know whether they were written, counted by why. */
  get givenUp(): ReadonlyMap<string, number> {
    return this.#givenUp;
  }

  async stopGroup(group: string): Promise<void> {
    await this.#ask({ kind: 'stop-group', group }, 'group-stopped');
  }

  async startGroup(group: string): Promise<void> {
    await this.#ask({ kind: 'start-group', group }, 'group-started');
  }

  /** Ends it as a process ends that nobody taught to: nothing is flushed, nobody is told. */
  async die(): Promise<void> {
    this.#stopping = 'asked';
    const gone = once(this.#child, 'exit');
    this.#tell({ kind: 'die' });
    await gone;
    // What it told last is still on its way when its exit is known.
    await this.#received;
    this.#server.close();
  }

  /** Resolves when everything that was sent is acknowledged or refused, and reported. */
  async stopProducing(): Promise<void> {
    const hung = delay(ENDS_WITHIN_MS, null, { ref: false }).then(() => {
      throw new Error(
        `${this.#open} records are neither acknowledged nor refused ${ENDS_WITHIN_MS / 1_000} s after the last.`,
      );
    });
    await Promise.race([this.#ask({ kind: 'stop-producing' }, 'stopped-producing'), hung]);
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

  async #ask(message: ToTraffic, answer: FromTraffic['kind']): Promise<void> {
    if (this.#ended) throw this.#ended;
    const answered = once(this.#told, answer);
    this.#tell(message);
    await Promise.race([answered, this.broken]);
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
        this.#open += message.count;
        break;
      case 'acknowledged':
        this.#open -= message.stream.length;
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
        this.#open -= 1;
        this.#refused.push(`${message.topic}: ${message.why}`);
        this.#giveUp(message.error, 1);
        break;
      case 'unanswered':
        this.#giveUp('no answer before the restart', message.count);
        break;
      case 'consuming':
      case 'stopped-producing':
      case 'group-stopped':
      case 'group-started':
        break;
    }
  }

  #giveUp(why: string, count: number): void {
    if (count > 0) this.#givenUp.set(why, (this.#givenUp.get(why) ?? 0) + count);
  }

  #known(stream: number): number {
    const index = this.#streams[stream];
    if (index === undefined) throw new Error(`The traffic process used stream ${stream} before it told of it.`);
    return index;
  }
}
