/**
 * Moves accumulated records to the cluster of the day. A partition whose batch is outstanding on the old cluster stays there
 * until that batch is resolved; the others go on to the new one at once. So order is kept per partition, also over a switch.
 */
import { Accumulator, type Batch, type Entry, type Held, type Queue } from './accumulator.ts';
import { type Destination, deliver, type Outcome, type Stage, type Unknowing } from './delivery.ts';
import { Departing, type Departure, sumOf } from './departure.ts';
import { EndOfTurn } from './end-of-turn.ts';
import { notDelivered } from './errors.ts';
import type { Lane } from './lane.ts';
import type { StoredBatch } from './produce-request.ts';
import type { WireRecord } from './record-batch.ts';
import type { RightMissing } from './right-missing.ts';
import type { Waiting } from './send-timeout.ts';
import type { ClusterId } from './signpost.ts';

/** Who is told what becomes of a record. */
export interface Asker {
  /** `position` counts from the batch's first record. */
  stored(topic: string, partition: number, batch: StoredBatch, position: number): void;
  failed(error: Error): void;
}

/** One object with its record: there may be a hundred thousand a second. */
export interface Payload extends WireRecord {
  readonly asker: Asker;
}

/** A client of one cluster, with a producer id of its own. */
export type SendingLane = Destination &
  Pick<Lane, 'number' | 'clusterId' | 'partitions' | 'knownPartitions' | 'count' | 'reseed' | 'answers' | 'close'> & {
    another(signal: AbortSignal): Promise<SendingLane>;
  };

/** Records that are sent anew although the cluster they were sent to may have stored them. */
export interface Unknowable {
  readonly because: Unknowing;
  readonly cluster: ClusterId;
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
}

export interface SenderOptions {
  readonly maxBatchBytes: number;
  /** A topic of this lane is fenced; returns after the next look at the signpost. */
  fenced(lane: SendingLane, topic: string): Promise<void>;
  /** Whether the cluster of a lane that was left so long ago is to be taken for gone, unless it tells a batch's fate now. */
  gone(lane: SendingLane, leftForMs: number): Promise<boolean>;
  unknowable(records: Unknowable): void;
  /** Told whenever a cluster does not tell the fate of a batch for want of a right. */
  rightMissing(cluster: ClusterId, missing: RightMissing): void;
  /** Before another attempt, counted from 1; ends early when the signal is aborted. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
  /** Told whenever records were stored or failed. */
  settled(): void;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #accumulator: Accumulator<Payload>;
  readonly #givingUp = new AbortController();
  readonly #leaving = new Map<number, Departing>();
  readonly #lanes = new Map<number, SendingLane>();
  /** Records that a lane may have stored and that were sent anew while it was not left yet. */
  readonly #doubledOn = new Map<number, number>();
  readonly #endOfTurn = new EndOfTurn<Queue<Payload>>(queue => this.#next(queue));
  readonly #deliveries = new Set<Promise<void>>();
  readonly #stages = new Map<Batch<Payload>, { readonly lane: SendingLane; readonly stage: Stage }>();
  /** From lanes of this cluster that were left because their producer id was spent. */
  #spent: Promise<Departure>[] = [];
  #current: SendingLane | null = null;
  #moved: { readonly to: ClusterId; readonly atMs: number } | null = null;
  #holding: { readonly epoch: string } | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#accumulator = new Accumulator(options.maxBatchBytes);
  }

  /** Where new records go; null before the first, and while a producer id is renewed. */
  get lane(): SendingLane | null {
    return this.#current;
  }

  /** The epoch of the signpost that asks to hold, or null. */
  get holding(): { readonly epoch: string } | null {
    return this.#holding;
  }

  /** Of all records that are neither stored nor failed. */
  get bytes(): number {
    return this.#accumulator.bytes;
  }

  /** How many they are. */
  get records(): number {
    return this.#accumulator.records;
  }

  /** Every topic and the highest partition of it that was written to. */
  topics(): ReadonlyMap<string, number> {
    return this.#accumulator.topics();
  }

  add(topic: string, partition: number, entry: Entry<Payload>): Held<Payload> {
    const held = this.#accumulator.add(topic, partition, entry);
    if (held.queue.outstanding !== null) return held;
    // What is sent in one turn of the event loop becomes one batch.
    this.#endOfTurn.add(held.queue);
    return held;
  }

  /** Nobody waits for this record any more. Unless it may be stored already it is not sent any more. */
  withdraw(held: Held<Payload>): { readonly waiting: Waiting; readonly mayBeStored: boolean } {
    const waiting = this.#waiting(held);
    const atRisk = held.batch !== null && this.#stages.get(held.batch)?.stage === 'at-risk';
    this.#accumulator.withdraw(held);
    return { waiting, mayBeStored: atRisk || held.mayBeStored };
  }

  /**
   * What is not outstanding goes to this lane from now on. Resolves when nothing is outstanding on the one before, nor on those
   * whose producer id was spent there, and they are closed.
   */
  async use(lane: SendingLane): Promise<Departure> {
    const previous = this.#current;
    this.#lanes.set(lane.number, lane);
    this.#current = lane;
    if (this.#moved?.to !== lane.clusterId) this.#moved = { to: lane.clusterId, atMs: performance.now() };
    const departures = previous === null ? this.#spent : [...this.#spent, this.#leave(previous)];
    this.#spent = [];
    this.#sendReady();
    return sumOf(await Promise.all(departures));
  }

  /** Outstanding batches are brought to an end, no other is begun. */
  hold(epoch: string): void {
    this.#holding = { epoch };
  }

  resume(): void {
    this.#holding = null;
    this.#sendReady();
  }

  /** Fails what is left, and closes every lane. */
  async close(): Promise<void> {
    this.#givingUp.abort();
    this.#current = null;
    fail(this.#accumulator.giveUpWaiting(), false);
    await Promise.all([...this.#lanes.values()].map(lane => this.#shut(lane)));
    await Promise.all(this.#deliveries);
  }

  async #shut(lane: SendingLane): Promise<void> {
    if (this.#lanes.delete(lane.number)) await lane.close();
  }

  #leave(lane: SendingLane): Promise<Departure> {
    const departing = new Departing();
    departing.possiblyDoubled = this.#doubledOn.get(lane.number) ?? 0;
    this.#doubledOn.delete(lane.number);
    this.#leaving.set(lane.number, departing);
    this.#closeIfLeft(lane);
    return departing.departed;
  }

  #sendReady(): void {
    for (const queue of this.#accumulator.ready) this.#next(queue);
  }

  #next(queue: Queue<Payload>): void {
    const lane = this.#current;
    if (lane === null || this.#holding !== null) return;
    const batch = this.#accumulator.take(queue, lane.number);
    if (batch === null) return;
    this.#stages.set(batch, { lane, stage: 'waiting' });
    const delivery = deliver(batch, lane, {
      wanted: () => this.#current === lane && this.#holding === null && !batch.withdrawn,
      reached: stage => void this.#stages.set(batch, { lane, stage }),
      gone: () => this.#isGone(lane),
      fenced: () => this.#options.fenced(lane, queue.topic),
      pause: attempt => this.#options.pause(attempt, this.#givingUp.signal),
      rightMissing: missing => this.#options.rightMissing(lane.clusterId, missing),
      givingUp: this.#givingUp.signal,
    }).then(outcome => this.#settle(queue, batch, lane, outcome));
    this.#deliveries.add(delivery);
    void delivery.finally(() => this.#deliveries.delete(delivery));
  }

  #settle(queue: Queue<Payload>, batch: Batch<Payload>, lane: SendingLane, ended: Outcome): void {
    const outcome = this.#givingUp.signal.aborted ? givenUp(ended) : ended;
    const leaving = this.#leaving.get(lane.number);
    const count = batch.entries.length;
    this.#stages.delete(batch);
    switch (outcome.kind) {
      case 'stored':
        this.#accumulator.settle(batch, 'stored');
        if (outcome.resolved && leaving !== undefined) leaving.resolved += count;
        tellStored(batch, outcome.batch);
        break;
      case 'failed':
        this.#accumulator.settle(batch, 'given-up');
        for (const { payload } of batch.entries) payload.asker.failed(outcome.error);
        break;
      case 'given-up':
        this.#accumulator.settle(batch, 'given-up');
        fail(batch.entries, outcome.inDoubt);
        break;
      case 'too-large':
      case 'spoiled':
        this.#accumulator.settle(batch, outcome.kind);
        break;
      case 'unknowable':
        this.#accumulator.settle(batch, 'unknowable');
        this.#tellUnknowable(batch, lane, outcome.because);
        break;
      case 'refused':
      case 'identity-spent':
        this.#accumulator.settle(batch, 'refused');
        if (leaving !== undefined) leaving.carriedOver += count;
        if (leaving !== undefined && outcome.resolved) leaving.resolved += count;
        if (outcome.kind === 'identity-spent' && this.#current === lane) void this.#renew(lane);
    }
    this.#closeIfLeft(lane);
    this.#next(queue);
    this.#options.settled();
  }

  #tellUnknowable(batch: Batch<Payload>, { number, clusterId: cluster }: SendingLane, because: Unknowing): void {
    const { topic, partition, entries } = batch;
    const records = entries.filter(({ withdrawn }) => !withdrawn).length;
    const leaving = this.#leaving.get(number);
    if (leaving !== undefined) leaving.possiblyDoubled += records;
    else this.#doubledOn.set(number, (this.#doubledOn.get(number) ?? 0) + records);
    if (records > 0) this.#options.unknowable({ because, cluster, topic, partition, records });
  }

  /** Only what was left for another cluster, and only when it is known which: a hold may lead back to it. */
  async #isGone(lane: SendingLane): Promise<boolean> {
    const left = (): boolean =>
      this.#holding === null && this.#current !== null && this.#current.clusterId !== lane.clusterId;
    if (this.#moved === null || !left()) return false;
    return (await this.#options.gone(lane, performance.now() - this.#moved.atMs)) && left();
  }

  #waiting({ batch, queue }: Held<Payload>): Waiting {
    const { topic, partition } = queue;
    const ahead = batch ?? queue.outstanding;
    const at = ahead === null ? undefined : this.#stages.get(ahead);
    if (at !== undefined) {
      const cluster = at.lane.clusterId;
      if (at.stage === 'fenced') return { kind: 'fenced', topic, cluster };
      return { kind: at.stage === 'at-risk' ? 'outstanding' : 'not-sent', topic, partition, cluster };
    }
    if (this.#holding !== null) return { kind: 'held', epoch: this.#holding.epoch };
    const cluster = this.#current?.clusterId;
    return cluster === undefined ? { kind: 'no-cluster' } : { kind: 'not-sent', topic, partition, cluster };
  }

  #closeIfLeft(lane: SendingLane): void {
    const leaving = this.#leaving.get(lane.number);
    if (leaving === undefined || this.#accumulator.outstandingOn(lane.number) > 0) return;
    this.#leaving.delete(lane.number);
    this.#accumulator.forgetLane(lane.number);
    void this.#shut(lane).then(() => leaving.end());
  }

  /** Goes on with a new producer id on the same cluster, unless a switch is faster. */
  async #renew(spent: SendingLane): Promise<void> {
    this.#current = null;
    this.#spent.push(this.#leave(spent));
    for (let attempt = 1; !this.#givingUp.signal.aborted && this.#current === null; attempt += 1) {
      try {
        const lane = await spent.another(this.#givingUp.signal);
        if (this.#current !== null || this.#givingUp.signal.aborted) return await lane.close();
        const departed = this.use(lane);
        this.#spent.push(departed);
      } catch {
        await this.#options.pause(attempt, this.#givingUp.signal);
      }
    }
  }
}

/** Tells every record of a batch where it is. */
export function tellStored({ topic, partition, entries }: Batch<Payload>, stored: StoredBatch): void {
  let position = 0;
  for (const { payload } of entries) {
    payload.asker.stored(topic, partition, stored, position);
    position += 1;
  }
}

/** What is left of an outcome when nothing is to be tried any more. */
function givenUp(outcome: Outcome): Outcome {
  if (outcome.kind === 'stored' || outcome.kind === 'failed' || outcome.kind === 'given-up') return outcome;
  return { kind: 'given-up', inDoubt: outcome.kind === 'unknowable' };
}

function fail(entries: readonly Held<Payload>[], inDoubt: boolean): void {
  const errors = { doubtful: notDelivered(entries.length, true), unsent: notDelivered(entries.length, false) };
  for (const { payload, mayBeStored } of entries)
    payload.asker.failed(inDoubt || mayBeStored ? errors.doubtful : errors.unsent);
}
