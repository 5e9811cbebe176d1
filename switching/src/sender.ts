/**
 * Moves accumulated records to the cluster of the day. A partition whose batch is outstanding on the old cluster stays there
 * until that batch is resolved; the others go on to the new one at once. So order is kept per partition, also over a switch.
 */
import { Accumulator, type Batch, type Entry } from './accumulator.ts';
import { type Destination, deliver, type Outcome } from './delivery.ts';
import type { Lane } from './lane.ts';
import type { StoredBatch, WireRecord } from './wire.ts';

export interface Payload {
  readonly record: WireRecord;
  /** `position` counts from the batch's first record. */
  readonly stored: (batch: StoredBatch, position: number) => void;
  readonly failed: (error: Error) => void;
}

/** What was left on a lane when another took its place, in records. */
export interface Departure {
  readonly carriedOver: number;
  readonly resolved: number;
}

/** A client of one cluster, with a producer id of its own. */
export type SendingLane = Destination &
  Pick<Lane, 'number' | 'clusterId' | 'partitions' | 'knownPartitions' | 'close'> & { another(): Promise<SendingLane> };

export interface SenderOptions {
  readonly maxBatchBytes: number;
  /** A topic of this lane is fenced; returns after the next look at the signpost. */
  fenced(lane: SendingLane, topic: string): Promise<void>;
  /** Before another attempt, counted from 1; ends early when the signal is aborted. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
  /** Told whenever records were stored or failed. */
  settled(): void;
}

interface Leaving {
  carriedOver: number;
  resolved: number;
  readonly gone: (departure: Departure) => void;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #accumulator: Accumulator<Payload>;
  readonly #givingUp = new AbortController();
  readonly #leaving = new Map<number, Leaving>();
  readonly #lanes = new Map<number, SendingLane>();
  readonly #scheduled = new Set<string>();
  readonly #deliveries = new Set<Promise<void>>();
  #current: SendingLane | null = null;
  #holding = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#accumulator = new Accumulator(options.maxBatchBytes);
  }

  /** Where new records go; null before the first, and while a producer id is renewed. */
  get lane(): SendingLane | null {
    return this.#current;
  }

  /** Of all records that are neither stored nor failed. */
  get bytes(): number {
    return this.#accumulator.bytes;
  }

  /** Every topic and the highest partition of it that was written to. */
  topics(): ReadonlyMap<string, number> {
    return this.#accumulator.topics();
  }

  add(topic: string, partition: number, entry: Entry<Payload>): void {
    this.#accumulator.add(topic, partition, entry);
    const name = `${topic} ${partition}`;
    if (this.#scheduled.has(name)) return;
    this.#scheduled.add(name);
    // What is sent in one turn of the event loop becomes one batch.
    setImmediate(() => {
      this.#scheduled.delete(name);
      this.#next(topic, partition);
    });
  }

  /** What is not outstanding goes to this lane from now on. Resolves when nothing is outstanding on the one before and it is closed. */
  async use(lane: SendingLane): Promise<Departure> {
    const previous = this.#current;
    this.#lanes.set(lane.number, lane);
    this.#current = lane;
    const departed = previous === null ? { carriedOver: 0, resolved: 0 } : this.#leave(previous);
    if (!this.#holding) this.resume();
    return departed;
  }

  /** Outstanding batches are brought to an end, no other is begun. */
  hold(): void {
    this.#holding = true;
  }

  resume(): void {
    this.#holding = false;
    for (const { topic, partition } of this.#accumulator.idle()) this.#next(topic, partition);
  }

  /** Fails what is left, and closes every lane. */
  async close(): Promise<void> {
    this.#givingUp.abort();
    this.#current = null;
    const waiting = this.#accumulator.giveUpWaiting();
    const error = notSent(waiting.length);
    for (const { payload } of waiting) payload.failed(error);
    await Promise.all([...this.#lanes.values()].map(lane => lane.close()));
    await Promise.all(this.#deliveries);
  }

  #leave(lane: SendingLane): Promise<Departure> {
    const left = new Promise<Departure>(gone => {
      this.#leaving.set(lane.number, { carriedOver: 0, resolved: 0, gone });
    });
    this.#closeIfLeft(lane);
    return left;
  }

  #next(topic: string, partition: number): void {
    const lane = this.#current;
    if (lane === null || this.#holding) return;
    const batch = this.#accumulator.take(topic, partition, lane.number);
    if (batch === null) return;
    const delivery = deliver(batch, lane, {
      wanted: () => this.#current === lane && !this.#holding,
      fenced: () => this.#options.fenced(lane, topic),
      pause: attempt => this.#options.pause(attempt, this.#givingUp.signal),
      givingUp: this.#givingUp.signal,
    }).then(outcome => this.#settle(batch, lane, outcome));
    this.#deliveries.add(delivery);
    void delivery.finally(() => this.#deliveries.delete(delivery));
  }

  #settle(batch: Batch<Payload>, lane: SendingLane, ended: Outcome): void {
    const undelivered = ended.kind !== 'stored' && ended.kind !== 'failed';
    const outcome: Outcome =
      undelivered && this.#givingUp.signal.aborted ? { kind: 'failed', error: notSent(batch.entries.length) } : ended;
    const leaving = this.#leaving.get(lane.number);
    const count = batch.entries.length;
    switch (outcome.kind) {
      case 'stored':
        this.#accumulator.settle(batch, 'stored');
        if (outcome.resolved && leaving !== undefined) leaving.resolved += count;
        for (const [position, { payload }] of batch.entries.entries()) payload.stored(outcome.batch, position);
        break;
      case 'failed':
        this.#accumulator.settle(batch, 'given-up');
        for (const { payload } of batch.entries) payload.failed(outcome.error);
        break;
      case 'too-large':
        this.#accumulator.settle(batch, 'too-large');
        break;
      case 'refused':
        this.#accumulator.settle(batch, 'refused');
        if (leaving !== undefined) {
          leaving.carriedOver += count;
          if (outcome.resolved) leaving.resolved += count;
        }
        break;
      case 'identity-spent':
        this.#accumulator.settle(batch, 'refused');
        if (this.#current === lane) void this.#renew(lane);
    }
    this.#closeIfLeft(lane);
    this.#next(batch.topic, batch.partition);
    if (outcome.kind === 'stored' || outcome.kind === 'failed') this.#options.settled();
  }

  #closeIfLeft(lane: SendingLane): void {
    const leaving = this.#leaving.get(lane.number);
    if (leaving === undefined || this.#accumulator.outstandingOn(lane.number) > 0) return;
    this.#leaving.delete(lane.number);
    this.#lanes.delete(lane.number);
    this.#accumulator.forgetLane(lane.number);
    const { carriedOver, resolved } = leaving;
    void lane.close().then(() => leaving.gone({ carriedOver, resolved }));
  }

  /** Goes on with a new producer id on the same cluster, unless a switch is faster. */
  async #renew(spent: SendingLane): Promise<void> {
    this.#current = null;
    void this.#leave(spent);
    for (let attempt = 1; !this.#givingUp.signal.aborted && this.#current === null; attempt += 1) {
      try {
        const lane = await spent.another();
        if (this.#current === null && !this.#givingUp.signal.aborted) void this.use(lane);
        else await lane.close();
      } catch {
        await this.#options.pause(attempt, this.#givingUp.signal);
      }
    }
  }
}

function notSent(records: number): Error {
  return new Error(`The producer was disconnected before ${records} records were sent; they were not stored.`);
}
