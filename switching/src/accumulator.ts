/**
 * Records waiting for their partitions. Holds, whatever is interleaved: per partition at most one batch is outstanding, a
 * partition's records are stored in the order they were added, and a lane's sequences have no gap. Everything but closing costs
 * the same however much waits. Pure: no clock, no socket.
 */
import { type Linked, LinkedQueue } from './linked-queue.ts';

const SEQUENCES = 2 ** 31;

/** A record and what it takes. */
export interface Entry<Payload> {
  readonly payload: Payload;
  readonly bytes: number;
  /** kafkajs's compression type; a batch has one. */
  readonly compression: number;
}

/** An entry in the accumulator. */
export interface Held<Payload> extends Entry<Payload>, Linked<Held<Payload>> {
  readonly queue: Queue<Payload>;
  /** The batch it is outstanding in, or null while it waits. */
  batch: Batch<Payload> | null;
  /** Its caller waits no more: it is not sent again once its batch is known not to be stored. */
  withdrawn: boolean;
  /** It is stored or given up. */
  ended: boolean;
  /** A cluster that is gone may have stored it. */
  mayBeStored: boolean;
}

export interface Batch<Payload> {
  readonly topic: string;
  readonly partition: number;
  /** Which client sends it: the sequence belongs to that client's producer id. */
  readonly lane: number;
  readonly firstSequence: number;
  readonly entries: readonly Held<Payload>[];
  readonly bytes: number;
  /** Whether the callers of some of its entries wait no more. */
  withdrawn: boolean;
}

/**
 * What became of a batch. `stored` and `given-up` end its records; of all others nothing is stored and they are still to be
 * delivered, except `unknowable`: there some cluster may have stored them, and they are to be delivered all the same.
 */
export type Settlement = 'stored' | 'refused' | 'too-large' | 'spoiled' | 'unknowable' | 'given-up';

/** One partition. */
export interface Queue<Payload> {
  readonly topic: string;
  readonly partition: number;
  readonly waiting: LinkedQueue<Held<Payload>>;
  outstanding: Batch<Payload> | null;
  maxBatchBytes: number;
  /** At the head of the queue are so many entries, one of which is not fit to be stored ... */
  suspects: number;
  /** ... and so many of them make a batch, until it is found. */
  suspectsAtOnce: number;
}

export class Accumulator<Payload> {
  readonly #topics = new Map<string, Map<number, Queue<Payload>>>();
  readonly #highest = new Map<string, number>();
  readonly #ready = new Set<Queue<Payload>>();
  readonly #outstandingOn = new Map<number, number>();
  readonly #sequences = new Map<number, Map<Queue<Payload>, number>>();
  readonly #maxBatchBytes: number;
  #bytes = 0;
  #records = 0;

  constructor(maxBatchBytes: number) {
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** Of all records that are neither stored nor given up. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many they are. */
  get records(): number {
    return this.#records;
  }

  /** Partitions that have records waiting and nothing outstanding. */
  get ready(): ReadonlySet<Queue<Payload>> {
    return this.#ready;
  }

  add(topic: string, partition: number, entry: Entry<Payload>): Held<Payload> {
    const queue = this.#queue(topic, partition);
    const held: Held<Payload> = {
      payload: entry.payload,
      bytes: entry.bytes,
      compression: entry.compression,
      queue,
      batch: null,
      withdrawn: false,
      ended: false,
      mayBeStored: false,
      previous: null,
      next: null,
    };
    queue.waiting.push(held);
    this.#bytes += held.bytes;
    this.#records += 1;
    if (queue.outstanding === null) this.#ready.add(queue);
    return held;
  }

  /** Nobody waits for it any more: one that waits goes at once, one in a batch when the batch is known not to be stored. */
  withdraw(held: Held<Payload>): void {
    held.withdrawn = true;
    if (held.batch !== null) {
      held.batch.withdrawn = true;
      return;
    }
    held.queue.waiting.remove(held);
    this.#bytes -= held.bytes;
    this.#records -= 1;
    this.#judge(held.queue);
  }

  /** How many partitions have a batch outstanding on a lane. */
  outstandingOn(lane: number): number {
    return this.#outstandingOn.get(lane) ?? 0;
  }

  /** Every topic and the highest partition of it that was ever written to. */
  topics(): ReadonlyMap<string, number> {
    return this.#highest;
  }

  /** The next batch of a partition, outstanding from now on; null when there is none to send. */
  take(queue: Queue<Payload>, lane: number): Batch<Payload> | null {
    const { first } = queue.waiting;
    if (queue.outstanding !== null || first === null) return null;
    const entries: Held<Payload>[] = [];
    let bytes = 0;
    for (let next: Held<Payload> | null = first; next !== null; next = queue.waiting.first) {
      if (entries.length > 0 && !fits(queue, entries.length, bytes + next.bytes)) break;
      if (next.compression !== first.compression) break;
      queue.waiting.remove(next);
      entries.push(next);
      bytes += next.bytes;
    }
    const { topic, partition } = queue;
    const firstSequence = this.#lane(lane).get(queue) ?? 0;
    const batch = { topic, partition, lane, firstSequence, entries, bytes, withdrawn: false };
    for (const entry of entries) entry.batch = batch;
    queue.outstanding = batch;
    this.#outstandingOn.set(lane, this.outstandingOn(lane) + 1);
    this.#ready.delete(queue);
    return batch;
  }

  /** Ends a batch being outstanding. What is still to be delivered goes back to the head of its partition's queue. */
  settle(batch: Batch<Payload>, settlement: Settlement): void {
    const queue = this.#queue(batch.topic, batch.partition);
    if (queue.outstanding !== batch) {
      throw new Error(`A batch of ${batch.topic}, partition ${batch.partition}, was settled that is not outstanding.`);
    }
    const count = batch.entries.length;
    queue.outstanding = null;
    this.#outstandingOn.set(batch.lane, this.outstandingOn(batch.lane) - 1);
    switch (settlement) {
      case 'stored':
        this.#lane(batch.lane).set(queue, (batch.firstSequence + count) % SEQUENCES);
        this.#end(queue, batch);
        break;
      case 'given-up':
        this.#end(queue, batch);
        break;
      case 'too-large':
        queue.maxBatchBytes = Math.max(1, Math.floor(batch.bytes / 2));
        this.#putBack(queue, batch);
        break;
      case 'spoiled':
        queue.suspects = Math.max(queue.suspects, count);
        queue.suspectsAtOnce = Math.max(1, Math.floor(count / 2));
        this.#putBack(queue, batch);
        break;
      case 'unknowable':
        for (const entry of batch.entries) entry.mayBeStored = true;
        this.#putBack(queue, batch);
        break;
      case 'refused':
        this.#putBack(queue, batch);
    }
    this.#judge(queue);
  }

  /** Takes out everything that is not outstanding. */
  giveUpWaiting(): readonly Held<Payload>[] {
    const entries: Held<Payload>[] = [];
    for (const queues of this.#topics.values()) {
      for (const queue of queues.values()) {
        for (let next = queue.waiting.first; next !== null; next = queue.waiting.first) {
          queue.waiting.remove(next);
          this.#bytes -= next.bytes;
          this.#records -= 1;
          next.ended = true;
          entries.push(next);
        }
      }
    }
    this.#ready.clear();
    return entries;
  }

  forgetLane(lane: number): void {
    this.#sequences.delete(lane);
    this.#outstandingOn.delete(lane);
  }

  #end(queue: Queue<Payload>, { bytes, entries }: Batch<Payload>): void {
    this.#bytes -= bytes;
    this.#records -= entries.length;
    for (const entry of entries) entry.ended = true;
    queue.suspects = Math.max(0, queue.suspects - entries.length);
    queue.suspectsAtOnce = Math.max(1, Math.ceil(queue.suspects / 2));
  }

  #putBack(queue: Queue<Payload>, { entries }: Batch<Payload>): void {
    for (const entry of entries.toReversed()) {
      entry.batch = null;
      if (!entry.withdrawn) {
        queue.waiting.unshift(entry);
        continue;
      }
      this.#bytes -= entry.bytes;
      this.#records -= 1;
    }
  }

  #judge(queue: Queue<Payload>): void {
    if (queue.outstanding === null && queue.waiting.first !== null) this.#ready.add(queue);
    else this.#ready.delete(queue);
  }

  #queue(topic: string, partition: number): Queue<Payload> {
    let queues = this.#topics.get(topic);
    if (queues === undefined) {
      queues = new Map();
      this.#topics.set(topic, queues);
    }
    let queue = queues.get(partition);
    if (queue === undefined) {
      const limits = { maxBatchBytes: this.#maxBatchBytes, suspects: 0, suspectsAtOnce: 1 };
      queue = { topic, partition, waiting: new LinkedQueue(), outstanding: null, ...limits };
      queues.set(partition, queue);
      this.#highest.set(topic, Math.max(partition, this.#highest.get(topic) ?? 0));
    }
    return queue;
  }

  #lane(lane: number): Map<Queue<Payload>, number> {
    let sequences = this.#sequences.get(lane);
    if (sequences === undefined) {
      sequences = new Map();
      this.#sequences.set(lane, sequences);
    }
    return sequences;
  }
}

function fits({ maxBatchBytes, suspects, suspectsAtOnce }: Queue<unknown>, entries: number, bytes: number): boolean {
  return bytes <= maxBatchBytes && (suspects === 0 || entries < suspectsAtOnce);
}
