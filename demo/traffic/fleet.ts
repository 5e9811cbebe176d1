/**
 * All applications of a demo. Those with the library's clients, or with a timer, run in one process; plain ones in two, the writers and the
 * readers, because their owners will restart them apart. What a process was asked and told before its restart stays counted.
 */
import type { Applications } from './shapes.ts';
import { type TrafficOptions, TrafficProcess } from './traffic-process.ts';

/** Sequences of one life of a process; the next one begins beyond. */
const SEQUENCES_OF_A_LIFE = 1_000_000;

type Part = 'all' | 'writers' | 'readers';

interface Running {
  readonly process: TrafficProcess;
  readonly applications: Applications;
  readonly lives: number;
}

export class Fleet {
  readonly #options: TrafficOptions;
  readonly #parts = new Map<Part, Running>();
  readonly #givenUp = new Map<string, number>();
  readonly #broken = Promise.withResolvers<never>();

  private constructor(options: TrafficOptions) {
    this.#options = options;
    this.#broken.promise.catch(() => undefined);
  }

  /** Resolves when all producers and groups are running. */
  static async start(options: TrafficOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    const { topics, groups, transactionalTopic } = options.applications;
    await Promise.all(
      options.clients === 'plain'
        ? [
            fleet.#begin('writers', { topics, groups: [], transactionalTopic }, 1),
            fleet.#begin('readers', { topics: [], groups, transactionalTopic: null }, 1),
          ]
        : [fleet.#begin('all', options.applications, 1)],
    );
    return fleet;
  }

  /** Rejects when a process ends unasked. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  /** Sends of which an application cannot know whether they were written, counted by why. */
  get givenUp(): Readonly<Record<string, number>> {
    const total = new Map(this.#givenUp);
    for (const { process } of this.#parts.values()) add(total, process.givenUp);
    return Object.fromEntries(total);
  }

  /** As many owners do it: the process just ends, and a new one starts. Resolves when that one works. */
  async restart(part: 'writers' | 'readers'): Promise<void> {
    const running = this.#parts.get(part);
    if (!running) throw new Error(`The ${part} are no process of their own.`);
    await running.process.die();
    add(this.#givenUp, running.process.givenUp);
    this.#parts.delete(part);
    await this.#begin(part, { ...running.applications, transactionalTopic: null }, running.lives + 1);
  }

  async stopGroup(group: string): Promise<void> {
    await this.#readerOf(group).stopGroup(group);
  }

  async startGroup(group: string): Promise<void> {
    await this.#readerOf(group).startGroup(group);
  }

  /** Resolves when everything that was sent is acknowledged or given up, and reported. */
  async stopProducing(): Promise<void> {
    await this.#each(process => process.stopProducing());
  }

  async stop(): Promise<void> {
    await this.#each(process => process.stop());
  }

  /** Ends them at once; for the way out after Ctrl-C or an error. */
  kill(): void {
    for (const { process } of this.#parts.values()) process.kill();
  }

  async #begin(part: Part, applications: Applications, lives: number): Promise<void> {
    const firstSequence = (lives - 1) * SEQUENCES_OF_A_LIFE;
    const process = await TrafficProcess.start({ ...this.#options, applications, firstSequence });
    this.#parts.set(part, { process, applications, lives });
    process.broken.catch((error: unknown) => this.#broken.reject(error));
  }

  async #each(act: (process: TrafficProcess) => Promise<void>): Promise<void> {
    await Promise.all(Array.from(this.#parts.values(), ({ process }) => act(process)));
  }

  #readerOf(group: string): TrafficProcess {
    for (const { process, applications } of this.#parts.values())
      if (applications.groups.some(known => known.group === group)) return process;
    throw new Error(`${group} is no group of these applications.`);
  }
}

function add(total: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [why, count] of more) total.set(why, (total.get(why) ?? 0) + count);
}
