/** What a client counts for Prometheus. prom-client is only imported when a registry is given. */
import type { BlueGreenEvents, Events } from './events.ts';
import type { ClientLabels, CounterName, Instruments } from './instruments.ts';
import { type BlueGreenOptions, brokerClientId } from './options.ts';
import type { Ended } from './transaction-state.ts';

const endings = {
  committed: 'transactionsCommitted',
  aborted: 'transactionsAborted',
  unknown: 'transactionsUnknown',
} as const satisfies Record<Ended, CounterName>;

type MeteredOptions = BlueGreenOptions & { readonly groupId?: string };

/** One client's. Counts its events by itself. */
export class Meter {
  readonly #instruments: Instruments;
  readonly #labels: ClientLabels;
  readonly #ends: (() => void)[];
  #open = 0;

  /** Null without a registry. Rejects when prom-client cannot be imported. */
  static async open(options: MeteredOptions, events: Events, bufferedBytes?: () => number): Promise<Meter | null> {
    if (options.metrics === undefined) return null;
    const { instrumentsOf } = await import('./prometheus.ts');
    return new Meter(await instrumentsOf(options.metrics), options, events, bufferedBytes);
  }

  private constructor(
    instruments: Instruments,
    options: MeteredOptions,
    events: Events,
    bufferedBytes: (() => number) | undefined,
  ) {
    this.#instruments = instruments;
    this.#labels = { clientId: brokerClientId(options), record: options.record, groupId: options.groupId ?? '' };
    this.#ends = [
      events.on('switched', what => this.#switched(what)),
      events.on('held', () => this.#count('holds', 1)),
      events.on('stayed', () => this.#count('stays', 1)),
      events.on('alarm', () => this.#count('alarms', 1)),
    ];
    if (bufferedBytes !== undefined)
      this.#ends.push(instruments.buffer(this.#labels, () => ({ bytes: bufferedBytes(), records: this.#open })));
  }

  /** A call of `send` with so many records: stored when it resolves; when it rejects, failed as far as its caller knows. */
  follow(records: number, sent: Promise<unknown>): void {
    this.#open += records;
    this.#count('sent', records);
    const ended = (name: 'stored' | 'failed') => () => {
      this.#open -= records;
      this.#count(name, records);
    };
    sent.then(ended('stored'), ended('failed'));
  }

  transactionEnded(as: Ended): void {
    this.#count(endings[as], 1);
  }

  handled(cluster: string, messages: number): void {
    this.#instruments.handled({ ...this.#labels, cluster }, messages);
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #switched({ durationMs, carriedOver, resolved, possiblyDoubled }: BlueGreenEvents['switched']): void {
    this.#count('switches', 1);
    this.#instruments.switched(this.#labels, durationMs / 1_000);
    this.#count('carriedOver', carriedOver);
    this.#count('resolved', resolved);
    this.#count('possiblyDoubled', possiblyDoubled);
  }

  #count(name: CounterName, by: number): void {
    this.#instruments.count(name, this.#labels, by);
  }
}
