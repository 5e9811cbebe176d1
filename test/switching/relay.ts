/**
 * Instances that write the same keys in one order: for each key the next record is sent, by the next instance, when the one
 * before it was acknowledged. So each record was acknowledged before the next of its key existed, whoever wrote it.
 */
import type { BlueGreenProducer } from '../../switching/src/producer.ts';
import { type RecordName, recordName, valueOf } from './judge.ts';

/** All instances together are one source of records to the judge, so that their common order counts. */
const SOURCE = 'relay';

export class Relay {
  readonly #instances: readonly Pick<BlueGreenProducer, 'send'>[];
  readonly #topic: string;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  /** Every record that was acknowledged, and when, in milliseconds since 1970. */
  readonly acknowledged = new Map<RecordName, number>();
  readonly failures: unknown[] = [];

  constructor(instances: readonly Pick<BlueGreenProducer, 'send'>[], topic: string, keys: number) {
    this.#instances = instances;
    this.#topic = topic;
    this.#running = Promise.all(Array.from({ length: keys }, (_, key) => this.#run(`key-${key}`)));
  }

  /** Ends when each key's last record is acknowledged or failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(key: string): Promise<void> {
    for (let sequence = 0; !this.#stopping.signal.aborted; sequence += 1) {
      const instance = this.#instances[sequence % this.#instances.length];
      try {
        await instance?.send({ topic: this.#topic, messages: [{ key, value: valueOf(SOURCE, sequence) }] });
        this.acknowledged.set(recordName(key, SOURCE, sequence), Date.now());
      } catch (error) {
        this.failures.push(error);
        return;
      }
    }
  }
}
