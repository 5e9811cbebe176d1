/**
 * A producer's transactions, one after the other: each begins on the cluster that is written to at that moment and ends there,
 * and the next one begins only then, wherever that is.
 */
import kafkajs, { type TopicOffsets, type Transaction } from 'kafkajs';
import type { LaneOptions } from './lane.ts';
import { newClient } from './one-at-a-time.ts';
import type { RightMissing } from './right-missing.ts';
import { type SendState, SendTimeout } from './send-timeout.ts';
import type { ClusterId } from './signpost.ts';
import { transactionPauseMs, waitMs } from './timing.ts';
import { BlueGreenTransaction, type TransactionSurroundings } from './transaction.ts';
import { type SessionOptions, TransactionSession } from './transaction-session.ts';
import type { Ended } from './transaction-state.ts';

const { KafkaJSNonRetriableError } = kafkajs;

type Given = Pick<TransactionSurroundings, 'partitioner' | 'maxBufferBytes' | 'sending'>;

export interface TransactionsOptions extends SessionOptions, Given {
  /** Where a transaction may begin, or null. */
  readonly place: () => LaneOptions | null;
  /** Resolves when there may be another place, or when the signal is aborted. */
  readonly news: (signal: AbortSignal) => Promise<void>;
  /** What a caller waits for while there is no place. */
  readonly waitingFor: () => SendState;
  /** Whether the cluster of a session that was left so long ago is to be taken for gone, unless it answers now. */
  readonly gone: (session: TransactionSession, leftForMs: number) => Promise<boolean>;
  /** Told of the end of each. */
  readonly ended: (as: Ended) => void;
  readonly refuseForeign: (
    cluster: ClusterId,
    groupId: string,
    topics: readonly TopicOffsets[],
    signal: AbortSignal,
  ) => Promise<void>;
  /** A topic of the cluster is fenced: returns after the next look at the signpost. */
  readonly fenced: (cluster: ClusterId, topic: string) => Promise<void>;
  readonly rightMissing: (cluster: ClusterId, missing: RightMissing) => void;
  /** Told of a commit whose outcome nobody can tell any more. */
  readonly unknown: (cluster: ClusterId) => void;
}

export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #closing = new AbortController();
  #session: TransactionSession | null = null;
  #running: BlueGreenTransaction | null = null;
  #beginning: Promise<Transaction> | null = null;
  #leftAtMs: number | null = null;
  /** What the last transaction was aborted for. */
  #fence: { readonly cluster: ClusterId; readonly topic: string } | null = null;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#running?.bytes ?? 0;
  }

  /** Waits while there is no cluster to write to. As in kafkajs there is one at a time. */
  async begin(): Promise<Transaction> {
    if (this.#beginning !== null || this.#running !== null) {
      throw new KafkaJSNonRetriableError(
        'There is already an ongoing transaction for this producer. Please end the transaction before beginning another.',
      );
    }
    this.#beginning = this.#begin().finally(() => {
      this.#beginning = null;
    });
    return this.#beginning;
  }

  /** The producer has moved. Resolves when nothing is open on the cluster before: of how many transactions the end is unknown. */
  async left(): Promise<number> {
    this.#leftAtMs = performance.now();
    const session = this.#session;
    const ended = await this.#running?.ended;
    if (session !== null && this.#session === session && session.clusterId !== this.#options.place()?.clusterId) {
      this.#session = null;
      await session.close();
    }
    return ended?.as === 'unknown' ? 1 : 0;
  }

  /** Aborts what is open, unless it is being committed, and waits for its end. */
  async bringToEnd(): Promise<void> {
    await this.#running?.bringToEnd();
  }

  /** Closes the connections first: a coordinator that says nothing is not waited for. */
  async close(): Promise<void> {
    this.#closing.abort();
    const ended = this.#running?.bringToEnd();
    await this.#session?.close();
    await Promise.all([ended, this.#beginning?.catch(() => undefined)]);
    await this.#session?.close();
    this.#session = null;
  }

  async #begin(): Promise<Transaction> {
    const { timeoutMs } = this.#options.sending;
    const deadline = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
    const signal = deadline === null ? this.#closing.signal : AbortSignal.any([deadline, this.#closing.signal]);
    const session = await this.#sessionToUse(signal);
    if (session === null) {
      if (deadline === null || this.#closing.signal.aborted) {
        throw new Error('The producer was disconnected before the transaction began.');
      }
      const nothing = { stored: 0, notStored: 0, mayBeStored: 0 };
      throw new SendTimeout(timeoutMs ?? 0, this.#options.waitingFor(), nothing, 'transaction() call');
    }
    return this.#beginOn(session);
  }

  /** Null when the signal was aborted before. */
  async #sessionToUse(signal: AbortSignal): Promise<TransactionSession | null> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const place = this.#options.place();
      if (place === null) {
        await this.#options.news(signal);
        attempt = 0;
        continue;
      }
      if (this.#fence?.cluster === place.clusterId) {
        const { cluster, topic } = this.#fence;
        this.#fence = null;
        await this.#options.fenced(cluster, topic);
        continue;
      }
      const session = await this.#sessionOn(place, signal);
      const prepared = (await session?.prepare()) ?? 'not yet';
      const still = this.#options.place()?.clusterId === place.clusterId;
      if (prepared === 'ready' && still && session !== null && !signal.aborted) return session;
      if (still) await waitMs(transactionPauseMs(attempt), signal);
    }
    return null;
  }

  /** Null when the cluster does not answer. */
  async #sessionOn(place: LaneOptions, signal: AbortSignal): Promise<TransactionSession | null> {
    if (this.#session?.clusterId === place.clusterId) return this.#session;
    const before = this.#session;
    this.#session = null;
    await before?.close();
    await newClient(signal);
    if (signal.aborted) return null;
    this.#session = await TransactionSession.open(place, this.#options, signal).catch(() => null);
    this.#leftAtMs = null;
    return this.#session;
  }

  #beginOn(session: TransactionSession): Transaction {
    const { partitioner, maxBufferBytes, sending, gone, refuseForeign, rightMissing, unknown } = this.#options;
    const { clusterId } = session;
    const transaction = new BlueGreenTransaction(session, {
      partitioner,
      maxBufferBytes,
      sending,
      gone: async () => this.#leftAtMs !== null && gone(session, performance.now() - this.#leftAtMs),
      refuseForeign: (groupId, topics) => refuseForeign(clusterId, groupId, topics, this.#closing.signal),
      pause: (attempt, signal) => waitMs(transactionPauseMs(attempt), signal),
      rightMissing: missing => rightMissing(clusterId, missing),
      givingUp: this.#closing.signal,
    });
    this.#running = transaction;
    void transaction.ended.then(({ as }) => {
      this.#running = null;
      const topic = transaction.fencedBy;
      this.#fence = topic === null ? null : { cluster: clusterId, topic };
      if (as === 'unknown') unknown(clusterId);
      this.#options.ended(as);
    });
    return transaction;
  }
}
