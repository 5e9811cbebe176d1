/**
 * The same remedy on the reading side, about which who publishes it says nothing: a new consumer every so often. The old one is told
 * to go, because one of kafkajs's that is merely forgotten reads on; nobody waits until it has gone.
 */
import type { TrafficConsumer } from './traffic-client.ts';

type Subscription = Parameters<TrafficConsumer['subscribe']>[0];
type Run = Parameters<TrafficConsumer['run']>[0];

export class TimedConsumer implements TrafficConsumer {
  readonly #create: () => TrafficConsumer;
  readonly #everyMs: number;
  readonly #subscriptions: Subscription[] = [];
  #inUse: TrafficConsumer;
  #timer: NodeJS.Timeout | null = null;
  #replacing: Promise<void> | null = null;

  constructor(create: () => TrafficConsumer, everyMs: number) {
    this.#create = create;
    this.#everyMs = everyMs;
    this.#inUse = create();
  }

  connect(): Promise<void> {
    return this.#inUse.connect();
  }

  subscribe(subscription: Subscription): Promise<void> {
    this.#subscriptions.push(subscription);
    return this.#inUse.subscribe(subscription);
  }

  async run(config: Run): Promise<void> {
    await this.#inUse.run(config);
    this.#timer = setInterval(() => {
      this.#replacing ??= this.#replace(config).finally(() => {
        this.#replacing = null;
      });
    }, this.#everyMs);
  }

  async disconnect(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#replacing;
    await this.#inUse.disconnect();
  }

  /** Where the new one cannot start, the old one stays until the next tick. */
  async #replace(config: Run): Promise<void> {
    const next = this.#create();
    try {
      await next.connect();
      for (const subscription of this.#subscriptions) await next.subscribe(subscription);
      await next.run(config);
    } catch {
      await next.disconnect().catch(() => undefined);
      return;
    }
    const old = this.#inUse;
    this.#inUse = next;
    void old.disconnect().catch(() => undefined);
  }
}
