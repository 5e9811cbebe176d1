/** Runs the groups' handlers: each tells the demo of every record it was called for, in order, and works at its own speed. */
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf } from './identity.ts';
import type { Reporter } from './reporter.ts';
import type { GroupShape } from './shapes.ts';
import type { TrafficConsumer } from './traffic-client.ts';

export class Consumption {
  readonly #groups: readonly GroupShape[];
  readonly #createConsumer: (group: string) => TrafficConsumer;
  readonly #running = new Map<string, TrafficConsumer>();
  readonly #report: Reporter;

  constructor(groups: readonly GroupShape[], createConsumer: (group: string) => TrafficConsumer, report: Reporter) {
    this.#groups = groups;
    this.#createConsumer = createConsumer;
    this.#report = report;
  }

  async start(): Promise<void> {
    await Promise.all(this.#groups.map(({ group }) => this.startGroup(group)));
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#running.keys(), group => this.stopGroup(group)));
  }

  async stopGroup(group: string): Promise<void> {
    const consumer = this.#running.get(group);
    this.#running.delete(group);
    await consumer?.disconnect();
  }

  async startGroup(group: string): Promise<void> {
    const shape = this.#groups.find(known => known.group === group);
    if (!shape) throw new Error(`${group} is no group of these applications.`);
    const consumer = this.#createConsumer(group);
    this.#running.set(group, consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [...shape.topics], fromBeginning: true });
    await consumer.run({
      partitionsConsumedConcurrently: shape.partitionsConsumedConcurrently,
      eachBatch: async ({ batch }) => {
        if (shape.pauseMs > 0) await delay(shape.pauseMs);
        // A handler of a process that is dying never returns, so that nothing is committed that was not told.
        if (this.#report.closed) await new Promise<never>(() => undefined);
        for (const { key, value } of batch.messages) {
          const identity = identityOf(key?.toString() ?? null, value?.toString() ?? null);
          if (identity)
            this.#report.handled(shape.group, batch.topic, identity.key, identity.producer, identity.sequence);
        }
      },
    });
  }
}
