/**
 * Records waiting for their partitions. Holds, whatever is interleaved: per partition at most one batch is outstanding, a
 * partition's records are stored in the order they were added, and a lane's sequences have no gap. Pure: no clock, no socket.
 */

const SEQUENCES = 2 ** 31;

export interface Entry<Payload> {
  readonly payload: Payload;
  readonly bytes: number;
  /** kafkajs's compression type; a batch has one. */
  readonly compression: number;
}

export interface Batch<Payload> {
  readonly topic: string;
  readonly partition: number;
  /** Which client sends it: the sequence belongs to that client's producer id. */
  readonly lane: number;
  readonly firstSequence: number;
  readonly entries: readonly Entry<Payload>[];
  readonly bytes: number;
}

/** What became of a batch. `refused` and `too-large` mean that nothing of it was stored and it is still to be delivered. */
export type Settlement = 'stored' | 'refused' | 'too-large' | 'given-up';

interface Queue<Payload> {
  readonly topic: string;
  readonly partition: number;
  waiting: Entry<Payload>[];
  outstanding: Batch<Payload> | null;
  maxBatchBytes: number;
}

export class Accumulator<Payload> {
  readonly #queues = new Map<string, Queue<Payload>>();
  readonly #sequences = new Map<number, Map<string, number>>();
  readonly #maxBatchBytes: number;
  #bytes = 0;

  constructor(maxBatchBytes: number) {
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** Of all records that are neither stored nor given up. */
  get bytes(): number {
    return this.#bytes;
  }

  add(topic: string, partition: number, entry: Entry<Payload>): void {
    this.#queue(topic, partition).waiting.push(entry);
    this.#bytes += entry.bytes;
  }

  /** Partitions that have records waiting and nothing outstanding. */
  idle(): readonly { readonly topic: string; readonly partition: number }[] {
    return [...this.#queues.values()].filter(queue => queue.outstanding === null && queue.waiting.length > 0);
  }

  /** How many partitions have a batch outstanding on a lane. */
  outstandingOn(lane: number): number {
    return [...this.#queues.values()].filter(queue => queue.outstanding?.lane === lane).length;
  }

  /** Every topic and the highest partition of it that was ever written to. */
  topics(): ReadonlyMap<string, number> {
    const highest = new Map<string, number>();
    for (const { topic, partition } of this.#queues.values()) {
      highest.set(topic, Math.max(partition, highest.get(topic) ?? 0));
    }
    return highest;
  }

  /** The next batch of a partition, outstanding from now on; null when there is none to send. */
  take(topic: string, partition: number, lane: number): Batch<Payload> | null {
    const queue = this.#queue(topic, partition);
    const [first] = queue.waiting;
    if (queue.outstanding !== null || first === undefined) return null;
    let bytes = first.bytes;
    let count = 1;
    for (let next = queue.waiting[count]; next !== undefined; next = queue.waiting[count]) {
      if (bytes + next.bytes > queue.maxBatchBytes || next.compression !== first.compression) break;
      bytes += next.bytes;
      count += 1;
    }
    const entries = queue.waiting.splice(0, count);
    queue.outstanding = { topic, partition, lane, entries, bytes, firstSequence: this.#sequence(lane, queue) };
    return queue.outstanding;
  }

  /** Ends a batch being outstanding. What is still to be delivered goes back to the head of its partition's queue. */
  settle(batch: Batch<Payload>, settlement: Settlement): void {
    const queue = this.#queue(batch.topic, batch.partition);
    if (queue.outstanding !== batch) {
      throw new Error(`A batch of ${batch.topic}, partition ${batch.partition}, was settled that is not outstanding.`);
    }
    queue.outstanding = null;
    switch (settlement) {
      case 'stored':
        this.#lane(batch.lane).set(key(batch), (batch.firstSequence + batch.entries.length) % SEQUENCES);
        this.#bytes -= batch.bytes;
        return;
      case 'given-up':
        this.#bytes -= batch.bytes;
        return;
      case 'too-large':
        queue.maxBatchBytes = Math.max(1, Math.floor(batch.bytes / 2));
        queue.waiting = [...batch.entries, ...queue.waiting];
        return;
      case 'refused':
        queue.waiting = [...batch.entries, ...queue.waiting];
    }
  }

  /** Takes out everything that is not outstanding. */
  giveUpWaiting(): readonly Entry<Payload>[] {
    const entries = [...this.#queues.values()].flatMap(queue => queue.waiting.splice(0));
    this.#bytes -= entries.reduce((sum, entry) => sum + entry.bytes, 0);
    return entries;
  }

  forgetLane(lane: number): void {
    this.#sequences.delete(lane);
  }

  #queue(topic: string, partition: number): Queue<Payload> {
    const name = key({ topic, partition });
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = { topic, partition, waiting: [], outstanding: null, maxBatchBytes: this.#maxBatchBytes };
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #sequence(lane: number, queue: Queue<Payload>): number {
    return this.#lane(lane).get(key(queue)) ?? 0;
  }

  #lane(lane: number): Map<string, number> {
    let sequences = this.#sequences.get(lane);
    if (sequences === undefined) {
      sequences = new Map();
      this.#sequences.set(lane, sequences);
    }
    return sequences;
  }
}

function key({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic} ${partition}`;
}
