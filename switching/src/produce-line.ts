/**
 * The batches on their way to one broker. A broker works on one request of a connection at a time, and answers it when every
 * replica has it: so what waits meanwhile goes out together, as one request for many partitions.
 */
import { NotSent } from './not-sent.ts';
import type { EncodedBatch, StoredBatch } from './produce-request.ts';

/** One that the broker works on, one that it finds when it is done, and one whose answer is on its way. */
const MOST_REQUESTS = 3;
/** That much is not shared out: every request costs the broker a round among its replicas. */
const SMALL_BYTES = 16_384;
/** Of a request; a single batch may be larger. Java's `max.request.size`. */
const MOST_BYTES = 1_048_576;
const CLOSED = 'the connection was given up';

interface Waiting {
  readonly batch: EncodedBatch;
  readonly mayLeave: () => boolean;
  readonly stored: (batch: StoredBatch) => void;
  readonly failed: (error: unknown) => void;
}

export interface LineOptions {
  /** Returns when the connection stands. Where it rejects, nothing was sent. */
  connect(): Promise<void>;
  /** Tells the fate of each batch, in their order. Where it rejects, the fate of none is known. */
  send(batches: readonly EncodedBatch[]): Promise<readonly (StoredBatch | Error)[]>;
}

export class ProduceLine {
  readonly #options: LineOptions;
  #waiting: Waiting[] = [];
  #requests = 0;
  #scheduled = false;
  #closed = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /**
   * No two batches of one partition at a time. `mayLeave` is asked right before the request leaves; rejects with NotSent when it
   * says no, and when there is no connection or the line was closed before.
   */
  produce(batch: EncodedBatch, mayLeave: () => boolean): Promise<StoredBatch> {
    return new Promise((stored, failed) => {
      if (this.#closed) return failed(new NotSent(CLOSED));
      this.#waiting.push({ batch, mayLeave, stored, failed });
      this.#schedule();
    });
  }

  /** Sends nothing any more; what is on its way is still answered. */
  close(): void {
    this.#closed = true;
    for (const { failed } of this.#waiting.splice(0)) failed(new NotSent(CLOSED));
  }

  /** After this turn of the event loop, in which more may come. */
  #schedule(): void {
    if (this.#scheduled || this.#requests >= MOST_REQUESTS) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#requests < MOST_REQUESTS) void this.#request(this.#take());
    });
  }

  async #request(together: readonly Waiting[]): Promise<void> {
    this.#requests += 1;
    try {
      await this.#options.connect();
      if (this.#closed) throw new Error(CLOSED);
      await this.#send(together.filter(leaves));
    } catch (error) {
      for (const { failed } of together) failed(new NotSent(error));
    }
    this.#requests -= 1;
    if (this.#waiting.length > 0) this.#schedule();
  }

  async #send(leaving: readonly Waiting[]): Promise<void> {
    if (leaving.length === 0) return;
    try {
      const fates = await this.#options.send(leaving.map(({ batch }) => batch));
      for (const [at, { stored, failed }] of leaving.entries()) {
        const fate = fates[at];
        if (fate === undefined || fate instanceof Error) failed(fate);
        else stored(fate);
      }
    } catch (error) {
      for (const { failed } of leaving) failed(error);
    }
  }

  /** What is much is shared out among the requests that may be on their way, so that the broker has work while answers are read. */
  #take(): Waiting[] {
    const waitingBytes = this.#waiting.reduce((sum, { batch }) => sum + batch.recordSet.length, 0);
    const share = Math.max(SMALL_BYTES, waitingBytes / (MOST_REQUESTS - this.#requests));
    const most = Math.min(MOST_BYTES, share);
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      if (count > 0 && bytes + batch.recordSet.length > most) break;
      bytes += batch.recordSet.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

function leaves({ mayLeave, failed }: Waiting): boolean {
  const may = mayLeave();
  if (!may) failed(new NotSent('it is not to be sent any more'));
  return may;
}
