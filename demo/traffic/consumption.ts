/** Runs the groups' handlers: each tells the demo of every record it was called for, in order, and works at its own speed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TrafficConsumer } from './clients.ts';
import { identityOf } from './identity.ts';
import type { Reporter } from './reporter.ts';
import type { GroupShape } from './shapes.ts';

export class Consumption {
  readonly #consumers: readonly (readonly [GroupShape, TrafficConsumer])[];
  readonly #report: Reporter;

  constructor(groups: readonly GroupShape[], createConsumer: (group: string) => TrafficConsumer, report: Reporter) {
    this.#consumers = groups.map(shape => [shape, createConsumer(shape.group)]);
    this.#report = report;
  }

  async start(): Promise<void> {
    await Promise.all(this.#consumers.map(([shape, consumer]) => this.#run(shape, consumer)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map(([, consumer]) => consumer.disconnect()));
  }

  async #run(shape: GroupShape, consumer: TrafficConsumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...shape.topics], fromBeginning: true });
    await consumer.run({
      partitionsConsumedConcurrently: shape.partitionsConsumedConcurrently,
      eachBatch: async ({ batch }) => {
        if (shape.pauseMs > 0) await delay(shape.pauseMs);
        for (const { key, value } of batch.messages) {
          const identity = identityOf(key?.toString() ?? null, value?.toString() ?? null);
          if (identity)
            this.#report.handled(shape.group, batch.topic, identity.key, identity.producer, identity.sequence);
        }
      },
    });
  }
}
