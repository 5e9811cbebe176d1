/** A plain producer that holds on to one cluster: a record now and then, each with a value of its own, until it is stopped. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';

const EVERY_MS = 200;

export interface StragglerOptions {
  /** As kafkajs takes them: all, the leader's, or none. */
  readonly acks?: -1 | 0 | 1;
  /** A new client for every record, as of a script that is run again and again. */
  readonly reconnects?: boolean;
}

export class Straggler {
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #options: StragglerOptions;
  readonly #ending = new AbortController();
  #producer: Producer;
  #ended: Promise<void> = Promise.resolve();
  #refused = 0;
  readonly #name = randomUUID();
  readonly #acknowledged: string[] = [];

  private constructor(kafka: Kafka, topic: string, options: StragglerOptions) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#options = options;
    this.#producer = this.#newProducer();
  }

  static async start(kafka: Kafka, topic: string, options: StragglerOptions = {}): Promise<Straggler> {
    const straggler = new Straggler(kafka, topic, options);
    await straggler.#producer.connect();
    straggler.#ended = straggler.#run();
    return straggler;
  }

  /** Values of the records that a broker acknowledged; with acks 0 none ever is. */
  get acknowledged(): readonly string[] {
    return this.#acknowledged;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Ends it; answers how many of its records were refused. */
  async stop(): Promise<{ readonly refused: number }> {
    this.#ending.abort();
    await this.#ended;
    await this.#producer.disconnect();
    return { refused: this.#refused };
  }

  #newProducer(): Producer {
    return this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry: { retries: 0 } });
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    const { acks = -1, reconnects = false } = this.#options;
    for (let n = 0; !signal.aborted; n += 1) {
      const value = `a straggler's record ${n} of ${this.#name}`;
      const messages = [{ key: `k${n}`, value }];
      try {
        if (reconnects && n > 0) await this.#reconnect();
        await this.#producer.send({ topic: this.#topic, acks, messages });
        if (acks !== 0) this.#acknowledged.push(value);
      } catch {
        this.#refused += 1;
      }
      if (!signal.aborted) await Promise.race([delay(EVERY_MS), once(signal, 'abort')]);
    }
  }

  async #reconnect(): Promise<void> {
    await this.#producer.disconnect();
    this.#producer = this.#newProducer();
    await this.#producer.connect();
  }
}
