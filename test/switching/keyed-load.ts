/** A steady stream of keyed, sequenced records, and what both logs make of it: lost, doubled, reordered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlueGreenProducer } from '../../switching/src/producer.ts';
import type { LoggedRecord } from './cluster-work.ts';

const TICK_MS = 5;

export class KeyedLoad {
  readonly #producer: Pick<BlueGreenProducer, 'send'>;
  readonly #topic: string;
  readonly #keys: number;
  readonly #stopping = new AbortController();
  readonly #sends: Promise<void>[] = [];
  readonly #running: Promise<void>;
  /** `key sequence` of every record that was acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly failures: unknown[] = [];
  sent = 0;

  constructor(producer: Pick<BlueGreenProducer, 'send'>, topic: string, keys: number) {
    this.#producer = producer;
    this.#topic = topic;
    this.#keys = keys;
    this.#running = this.#run();
  }

  /** Ends when every record that was sent is acknowledged or failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#sends);
  }

  async #run(): Promise<void> {
    for (let sequence = 0; !this.#stopping.signal.aborted; sequence += 1) {
      for (let key = 0; key < this.#keys; key += 1) this.#send(`key-${key}`, String(sequence));
      await delay(TICK_MS);
    }
  }

  #send(key: string, value: string): void {
    this.sent += 1;
    this.#sends.push(
      this.#producer.send({ topic: this.#topic, messages: [{ key, value }] }).then(
        () => void this.acknowledged.add(`${key} ${value}`),
        (error: unknown) => void this.failures.push(error),
      ),
    );
  }
}

/** `logs` in the order in which a consumer reads them: the old cluster's to its end, then the new one's. */
export function audit(acknowledged: ReadonlySet<string>, logs: readonly (readonly LoggedRecord[])[]) {
  const times = new Map<string, number>();
  const last = new Map<string, number>();
  let reordered = 0;
  for (const { key, value } of logs.flat()) {
    times.set(`${key} ${value}`, (times.get(`${key} ${value}`) ?? 0) + 1);
    if (Number(value) < (last.get(key) ?? -1)) reordered += 1;
    last.set(key, Math.max(Number(value), last.get(key) ?? -1));
  }
  return {
    lost: [...acknowledged].filter(name => !times.has(name)).length,
    doubled: [...times.values()].filter(count => count > 1).length,
    reordered,
  };
}
