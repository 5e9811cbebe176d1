/**
 * The remedy as it is published for clients that never look a name up again: a scheduled job makes a new producer from the same
 * properties and forgets the old one, without flush and without close. Whatever the old one still holds, nobody waits for.
 */
import type { TrafficProducer } from './traffic-client.ts';

export class TimedProducer implements TrafficProducer {
  readonly #create: () => TrafficProducer;
  readonly #everyMs: number;
  #inUse: TrafficProducer;
  #timer: NodeJS.Timeout | null = null;

  constructor(create: () => TrafficProducer, everyMs: number) {
    this.#create = create;
    this.#everyMs = everyMs;
    this.#inUse = create();
  }

  async connect(): Promise<void> {
    await this.#inUse.connect();
    this.#timer = setInterval(() => void this.#replace(), this.#everyMs);
  }

  send(record: Parameters<TrafficProducer['send']>[0]): ReturnType<TrafficProducer['send']> {
    return this.#inUse.send(record);
  }

  async disconnect(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#inUse.disconnect();
  }

  /** kafkajs refuses to send before it is connected, so the new one is; where it cannot, the next tick tries again. */
  async #replace(): Promise<void> {
    const next = this.#create();
    try {
      await next.connect();
    } catch {
      return;
    }
    this.#inUse = next;
  }
}
