/**
 * The records of one transaction on their way to its cluster: one batch of a partition at a time, as plain records go, but to
 * no other cluster. When the transaction is to be aborted nothing more is sent.
 */
import type { Batch, Entry, Held, Queue } from './accumulator.ts';
import { type Destination, deliver, type Outcome, type Stage } from './delivery.ts';
import { EndOfTurn } from './end-of-turn.ts';
import type { Buffering } from './intake.ts';
import type { Lane } from './lane.ts';
import type { RightMissing } from './right-missing.ts';
import type { Waiting } from './send-timeout.ts';
import { type Payload, tellStored } from './sender.ts';
import type { AbortCause } from './transaction-errors.ts';
import type { TransactionSession } from './transaction-session.ts';

export interface TransactionSenderOptions {
  readonly session: TransactionSession;
  /** Resolves when the partition belongs to the transaction; rejects when it never will. */
  readonly addPartition: (topic: string, partition: number) => Promise<void>;
  /** Of the first record whose offset is known. */
  readonly stored: (topic: string, partition: number, offset: string) => void;
  /** Some batch was without answer, and may be on its way yet. */
  readonly doubtful: () => void;
  readonly failed: (cause: AbortCause) => void;
  readonly gone: () => Promise<boolean>;
  readonly pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  readonly rightMissing: (missing: RightMissing) => void;
  /** Told whenever records were stored or failed. */
  readonly settled: () => void;
}

/** What is told to records that go down with their transaction; their callers hear how it ended. */
export class WentDown extends Error {
  constructor() {
    super('The transaction is aborted.');
    this.name = 'WentDown';
  }
}

export class TransactionSender implements Buffering {
  readonly lane: Lane;
  readonly holding = null;
  readonly #options: TransactionSenderOptions;
  readonly #accumulator: TransactionSession['accumulator'];
  readonly #destination: Destination;
  readonly #aborting = new AbortController();
  readonly #stages = new Map<Batch<Payload>, Stage>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #endOfTurn = new EndOfTurn<Queue<Payload>>(queue => this.#next(queue));

  constructor(options: TransactionSenderOptions) {
    const { lane, accumulator } = options.session;
    this.lane = lane;
    this.#options = options;
    this.#accumulator = accumulator;
    this.#destination = {
      produce: async (batch, mayLeave) => {
        await options.addPartition(batch.topic, batch.partition);
        return lane.produce(batch, mayLeave);
      },
      sightOf: (topic, partition) => lane.sightOf(topic, partition),
      maxMessageBytes: (topic, partition) => lane.maxMessageBytes(topic, partition),
      takesLittle: (topic, partition) => lane.takesLittle(topic, partition),
      forgetLeaders: topic => lane.forgetLeaders(topic),
    };
  }

  get bytes(): number {
    return this.#accumulator.bytes;
  }

  /** Aborted when nothing more is to be sent. */
  get aborting(): AbortSignal {
    return this.#aborting.signal;
  }

  add(topic: string, partition: number, entry: Entry<Payload>): Held<Payload> {
    const held = this.#accumulator.add(topic, partition, entry);
    if (held.queue.outstanding !== null) return held;
    this.#endOfTurn.add(held.queue);
    return held;
  }

  /** Nobody will see it: a send that was given up ends its transaction. */
  withdraw(held: Held<Payload>): { readonly waiting: Waiting; readonly mayBeStored: boolean } {
    const { topic, partition } = held.queue;
    const ahead = held.batch ?? held.queue.outstanding;
    const kind = ahead !== null && this.#stages.get(ahead) === 'at-risk' ? 'outstanding' : 'not-sent';
    this.#accumulator.withdraw(held);
    return { waiting: { kind, topic, partition, cluster: this.lane.clusterId }, mayBeStored: false };
  }

  /** What was not sent yet fails; what is on its way is awaited only as long as its request takes. */
  abort(): void {
    this.#aborting.abort();
    for (const { payload } of this.#accumulator.giveUpWaiting()) payload.asker.failed(new WentDown());
  }

  /** Resolves when no request is on its way. */
  async idle(): Promise<void> {
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries);
  }

  #next(queue: Queue<Payload>): void {
    if (this.#aborting.signal.aborted) return;
    const batch = this.#accumulator.take(queue, this.lane.number);
    if (batch === null) return;
    const { gone, pause, rightMissing, doubtful, failed } = this.#options;
    const { signal } = this.#aborting;
    this.#stages.set(batch, 'waiting');
    let requests = 0;
    const delivery = deliver(batch, this.#destination, {
      wanted: () => !signal.aborted && !batch.withdrawn,
      reached: stage => {
        this.#stages.set(batch, stage);
        if (stage === 'at-risk') requests += 1;
        if (requests > 1) doubtful();
      },
      gone,
      fenced: async () => failed({ kind: 'fenced', topic: queue.topic }),
      pause: attempt => pause(attempt, signal),
      rightMissing,
      givingUp: signal,
    }).then(outcome => this.#settle(queue, batch, outcome));
    this.#deliveries.add(delivery);
    void delivery.finally(() => this.#deliveries.delete(delivery));
  }

  #settle(queue: Queue<Payload>, batch: Batch<Payload>, outcome: Outcome): void {
    const { stored, failed, settled } = this.#options;
    this.#stages.delete(batch);
    if (outcome.kind === 'stored') {
      this.#accumulator.settle(batch, 'stored');
      stored(batch.topic, batch.partition, outcome.batch.baseOffset);
      tellStored(batch, outcome.batch);
    } else if ((outcome.kind === 'too-large' || outcome.kind === 'spoiled') && !this.#aborting.signal.aborted) {
      this.#accumulator.settle(batch, outcome.kind);
    } else {
      this.#accumulator.settle(batch, 'given-up');
      const error = outcome.kind === 'failed' ? outcome.error : new WentDown();
      for (const { payload } of batch.entries) payload.asker.failed(error);
      failed(causeOf(outcome));
    }
    this.#next(queue);
    settled();
  }
}

function causeOf(outcome: Outcome): AbortCause {
  if (outcome.kind === 'identity-spent') return { kind: 'taken-over' };
  if (outcome.kind === 'unknowable') return { kind: 'gone' };
  return { kind: 'failed', error: outcome.kind === 'failed' ? outcome.error : new WentDown() };
}
