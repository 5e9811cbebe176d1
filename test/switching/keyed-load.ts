/** A steady stream of keyed, sequenced records, and what the auditor makes of both logs: lost, doubled, reordered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlueGreenProducer } from '../../switching/src/producer.ts';
import type { LoggedRecord } from './cluster-work.ts';
import { judge, type RecordName, recordName, valueOf } from './judge.ts';

const TICK_MS = 5;

export interface LoadOptions {
  /** What the records say who sent them; `load` when absent. */
  readonly producer?: string;
  /** How often a record of every key is sent. 5 when absent. */
  readonly everyMs?: number;
  /** Of each record's value, at least. 0 when absent. */
  readonly valueBytes?: number;
  /** While so many are neither acknowledged nor failed, no other is sent. Unlimited when absent. */
  readonly mostOpen?: number;
  /** Told of every record as it is acknowledged. */
  readonly acknowledged?: (name: RecordName) => void;
}

export interface FailedRecord {
  readonly name: RecordName;
  readonly error: unknown;
}

export class KeyedLoad {
  readonly #producer: Pick<BlueGreenProducer, 'send'>;
  readonly #topic: string;
  readonly #keys: number;
  readonly #instance: string;
  readonly #options: LoadOptions;
  readonly #stopping = new AbortController();
  readonly #sends = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  /** Every record that was acknowledged, and when, in milliseconds since 1970. */
  readonly acknowledged = new Map<RecordName, number>();
  readonly failures: FailedRecord[] = [];
  sent = 0;

  constructor(producer: Pick<BlueGreenProducer, 'send'>, topic: string, keys: number, options: LoadOptions = {}) {
    this.#producer = producer;
    this.#topic = topic;
    this.#keys = keys;
    this.#instance = options.producer ?? 'load';
    this.#options = options;
    this.#running = this.#run();
  }

  /** Ends when every record that was sent is acknowledged or failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#sends);
  }

  /** Sent, and neither acknowledged nor failed. */
  get open(): number {
    return this.#sends.size;
  }

  async #run(): Promise<void> {
    const { everyMs = TICK_MS, mostOpen = Number.POSITIVE_INFINITY } = this.#options;
    for (let sequence = 0; !this.#stopping.signal.aborted; sequence += 1) {
      for (let key = 0; key < this.#keys; key += 1) this.#send(`key-${key}`, sequence);
      do await delay(everyMs);
      while (this.open >= mostOpen && !this.#stopping.signal.aborted);
    }
  }

  #send(key: string, sequence: number): void {
    this.sent += 1;
    const name = recordName(key, this.#instance, sequence);
    const value = valueOf(this.#instance, sequence, this.#options.valueBytes);
    const send = this.#producer.send({ topic: this.#topic, messages: [{ key, value }] }).then(
      () => {
        this.acknowledged.set(name, Date.now());
        this.#options.acknowledged?.(name);
      },
      (error: unknown) => void this.failures.push({ name, error }),
    );
    this.#sends.add(send);
    void send.then(() => this.#sends.delete(send));
  }
}

/** `logs` in the order in which a consumer reads them: the old cluster's to its end, then the new one's. */
export function audit(
  acknowledged: Iterable<readonly [RecordName, number]>,
  logs: readonly (readonly LoggedRecord[])[],
): { lost: number; doubled: number; reordered: number } {
  const { lost, doubled, reordered } = judge(
    acknowledged,
    logs.map((records, at) => ({ cluster: String(at), records })),
  );
  return { lost, doubled, reordered };
}
