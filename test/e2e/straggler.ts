/** A plain producer that holds on to one cluster: a record now and then, until it is stopped. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';

const EVERY_MS = 200;

export class Straggler {
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  #refused = 0;

  private constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
    this.#ended = this.#run();
  }

  static async start(kafka: Kafka, topic: string): Promise<Straggler> {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry: { retries: 0 } });
    await producer.connect();
    return new Straggler(producer, topic);
  }

  /** Ends it; answers how many of its records were refused. */
  async stop(): Promise<{ readonly refused: number }> {
    this.#ending.abort();
    await this.#ended;
    await this.#producer.disconnect();
    return { refused: this.#refused };
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let n = 0; !signal.aborted; n += 1) {
      const messages = [{ key: `k${n}`, value: `a straggler's record ${n}` }];
      await this.#producer.send({ topic: this.#topic, messages }).catch(() => {
        this.#refused += 1;
      });
      if (!signal.aborted) await Promise.race([delay(EVERY_MS), once(signal, 'abort')]);
    }
  }
}
