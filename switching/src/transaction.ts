/**
 * One transaction, on one cluster from its begin to its end. Whatever fails in it has it aborted at once, and its callers are
 * told when that is done; what has no answer is asked again until there is one.
 */
import kafkajs, {
  type ICustomPartitioner,
  type ProducerBatch,
  type ProducerRecord,
  type RecordMetadata,
  type TopicOffsets,
  type Transaction,
} from 'kafkajs';
import { asError } from './errors.ts';
import { Intake } from './intake.ts';
import { NotSent } from './not-sent.ts';
import { byTopic, Registrar } from './registrar.ts';
import type { RightMissing } from './right-missing.ts';
import { type SendOptions, sendBatch } from './send-batch.ts';
import { type AbortCause, TransactionAborted, TransactionOutcomeUnknown } from './transaction-errors.ts';
import { UNKNOWN_TOPIC } from './transaction-replies.ts';
import {
  addOffsets,
  addPartitions,
  type CoordinatorKind,
  commitOffsets,
  endTransaction,
} from './transaction-requests.ts';
import { TransactionSender, WentDown } from './transaction-sender.ts';
import type { TransactionSession } from './transaction-session.ts';
import { BEGUN, next, type TransactionEvent, type TransactionState } from './transaction-state.ts';
import type { WireCall } from './wire-call.ts';

const { KafkaJSNonRetriableError } = kafkajs;
const UNKNOWN_TOPIC_ATTEMPTS = 8;

export interface TransactionSurroundings {
  readonly partitioner: ICustomPartitioner;
  readonly maxBufferBytes: number;
  readonly sending: SendOptions;
  /** Whether the cluster is to be taken for gone if it does not answer now. */
  readonly gone: () => Promise<boolean>;
  /** Rejects with OffsetsOfAnotherCluster unless the group reads the transaction's cluster. */
  readonly refuseForeign: (groupId: string, topics: readonly TopicOffsets[]) => Promise<void>;
  /** Before another attempt, counted from 1; ends early when the signal is aborted. */
  readonly pause: (attempt: number, signal?: AbortSignal) => Promise<void>;
  /** The cluster does not tell the fate of a batch for want of a right. */
  readonly rightMissing: (missing: RightMissing) => void;
  /** Aborted when nothing is to be tried any more. */
  readonly givingUp: AbortSignal;
}

export type EndedState = TransactionState & { readonly kind: 'ended' };

export class BlueGreenTransaction implements Transaction {
  /** Resolves when nothing of it is on its way any more. */
  readonly ended: Promise<EndedState>;
  readonly #session: TransactionSession;
  readonly #surroundings: TransactionSurroundings;
  readonly #sender: TransactionSender;
  readonly #intake: Intake;
  readonly #registrar = new Registrar(partitions =>
    this.#adds('transaction', this.#id, addPartitions(this.#session.identity, byTopic(partitions))),
  );
  readonly #open = new Set<Promise<unknown>>();
  #end: (state: EndedState) => void = () => undefined;
  #state: TransactionState = BEGUN;
  #committing = false;
  #cause: AbortCause = { kind: 'asked' };
  #known: { readonly topic: string; readonly partition: number; readonly offset: string } | null = null;

  constructor(session: TransactionSession, surroundings: TransactionSurroundings) {
    this.#session = session;
    this.#surroundings = surroundings;
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
    this.#sender = new TransactionSender({
      session,
      addPartition: (topic, partition) => this.#registrar.partition(topic, partition),
      stored: (topic, partition, offset) => {
        if (offset !== '-1') this.#known ??= { topic, partition, offset };
      },
      doubtful: () => this.#step({ kind: 'unanswered' }),
      failed: cause => this.#break(cause),
      gone: surroundings.gone,
      pause: surroundings.pause,
      rightMissing: surroundings.rightMissing,
      settled: () => this.#intake.admit(),
    });
    this.#intake = new Intake(this.#sender, surroundings.maxBufferBytes, surroundings.partitioner);
  }

  get bytes(): number {
    return this.#sender.bytes;
  }

  /** The topic whose fence had it aborted, or null. */
  get fencedBy(): string | null {
    return this.#cause.kind === 'fenced' ? this.#cause.topic : null;
  }

  isActive(): boolean {
    return this.#state.kind === 'open' && !this.#committing;
  }

  send({ topic, messages, ...rest }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...rest, topicMessages: [{ topic, messages }] });
  }

  /** Rejects with TransactionAborted, when it is aborted, or with what was wrong with these records: it is aborted then too. */
  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    if (!this.isActive()) throw await this.#whyEnded();
    return this.#within(async () => sendBatch(batch, this.#intake, this.#surroundings.sending));
  }

  /**
   * The offsets are committed when the transaction is. Rejects with OffsetsOfAnotherCluster while the group reads another
   * cluster: then nothing was sent, and the transaction goes on.
   */
  async sendOffsets({
    consumerGroupId,
    topics,
  }: {
    readonly consumerGroupId: string;
    readonly topics: TopicOffsets[];
  }): Promise<void> {
    if (!this.isActive()) throw await this.#whyEnded();
    const asked = this.#surroundings.refuseForeign(consumerGroupId, topics);
    this.#awaited(asked);
    await asked;
    if (this.#state.kind !== 'open') throw await this.#afterEnd();
    await this.#within(async () => {
      const { identity } = this.#session;
      await this.#adds('transaction', this.#id, addOffsets(identity, consumerGroupId));
      await this.#adds('group', consumerGroupId, commitOffsets(identity, consumerGroupId, topics));
    });
  }

  /**
   * Waits for every `send` and commits. Rejects with TransactionAborted where something failed before, and with
   * TransactionOutcomeUnknown where the cluster was deleted before it answered.
   */
  async commit(): Promise<void> {
    if (!this.isActive()) throw await this.#whyEnded();
    this.#committing = true;
    await Promise.allSettled(this.#open);
    if (this.#state.kind === 'open') await this.#finish('commit');
    const { as } = await this.ended;
    if (as !== 'committed') throw await this.#afterEnd();
  }

  /** Resolves when nothing of it will ever be visible, also when it was aborted before. */
  async abort(): Promise<void> {
    if (this.#committing && this.#state.kind !== 'ended') throw endedBefore();
    if (this.isActive()) this.#break({ kind: 'asked' });
    const { as } = await this.ended;
    if (as === 'committed') throw endedBefore();
    if (as === 'unknown') throw await this.#afterEnd();
  }

  /** Aborts it unless it is to be committed; returns when it has ended. */
  async bringToEnd(): Promise<void> {
    if (this.isActive()) this.#break({ kind: 'disconnected' });
    await this.ended;
  }

  get #id(): string {
    return this.#session.identity.transactionalId;
  }

  async #whyEnded(): Promise<Error> {
    return this.#committing || this.#cause.kind === 'asked' ? endedBefore() : this.#afterEnd();
  }

  #aborted(): TransactionAborted {
    return new TransactionAborted(this.#id, this.#session.clusterId, this.#cause);
  }

  /** What it ended with, when it has. */
  async #afterEnd(): Promise<Error> {
    const { as } = await this.ended;
    return as === 'unknown' ? new TransactionOutcomeUnknown(this.#id, this.#session.clusterId) : this.#aborted();
  }

  #isOver(): boolean {
    return this.#state.kind === 'ended';
  }

  #step(event: TransactionEvent): void {
    this.#state = next(this.#state, event);
    if (this.#state.kind !== 'ended') return;
    if (!this.#state.reusable) this.#session.spend();
    this.#end(this.#state);
  }

  #awaited(promise: Promise<unknown>): void {
    const over = (): void => void this.#open.delete(promise);
    this.#open.add(promise);
    promise.then(over, over);
  }

  /** What fails within takes the transaction with it. */
  async #within<T>(act: () => Promise<T>): Promise<T> {
    const done = new Promise<T>(resolve => resolve(act())).catch((error: unknown) => {
      this.#break({ kind: 'failed', error: asError(error) });
      throw error;
    });
    this.#awaited(done);
    try {
      return await done;
    } catch (error) {
      const ended = await this.#afterEnd();
      throw error instanceof WentDown || error instanceof NotSent ? ended : error;
    }
  }

  #break(cause: AbortCause): void {
    if (this.#state.kind !== 'open') return;
    this.#cause = cause;
    void this.#finish('abort');
  }

  /** Asks for something to be added, until it is or the transaction is to be aborted. */
  async #adds(kind: CoordinatorKind, key: string, call: WireCall<number>): Promise<void> {
    const { pause, gone } = this.#surroundings;
    for (let attempt = 1; this.#state.kind === 'open'; attempt += 1) {
      const lastChance = await gone();
      this.#step({ kind: 'touching' });
      const reply = await this.#session.ask(kind, key, call);
      if (reply.kind === 'done') return;
      if (reply.kind === 'unanswered') this.#step(reply);
      if (reply.kind === 'fenced' || reply.kind === 'wrong-state') this.#break({ kind: 'taken-over' });
      else if (reply.kind === 'refused') this.#break({ kind: 'failed', error: reply.error });
      else if (reply.kind === 'later' && reply.code === UNKNOWN_TOPIC && attempt >= UNKNOWN_TOPIC_ATTEMPTS)
        this.#break({ kind: 'failed', error: new Error('The cluster does not know a topic of the transaction.') });
      else if (lastChance && reply.kind !== 'later') this.#break({ kind: 'gone' });
      else await pause(attempt, this.#sender.aborting);
    }
    throw new NotSent(new WentDown());
  }

  async #finish(as: 'commit' | 'abort'): Promise<void> {
    this.#step({ kind: as });
    if (as === 'abort') {
      this.#sender.abort();
      this.#intake.close(new WentDown());
      await this.#sender.idle();
      await Promise.allSettled(this.#open);
    }
    await this.#askForEnd(as);
  }

  async #askForEnd(as: 'commit' | 'abort'): Promise<void> {
    const { pause, gone, givingUp } = this.#surroundings;
    const call = endTransaction(this.#session.identity, as === 'commit');
    for (let attempt = 1; !this.#isOver(); attempt += 1) {
      if (givingUp.aborted) return this.#step({ kind: 'given-up' });
      const lastChance = await gone();
      if (this.#state.kind === 'looking') await this.#look();
      else {
        const reply = await this.#session.ask('transaction', this.#id, call);
        if (reply.kind === 'unanswered') this.#step(reply);
        else if (reply.kind === 'refused') this.#endRefused({ kind: 'failed', error: reply.error }, 'fenced');
        else if (reply.kind === 'fenced' || reply.kind === 'wrong-state')
          this.#endRefused({ kind: 'taken-over' }, reply.kind);
        else if (reply.kind !== 'not-sent') this.#step({ kind: 'answered', answer: reply.kind });
      }
      if (this.#isOver()) return;
      if (lastChance) this.#step({ kind: 'given-up' });
      else await pause(attempt, givingUp);
    }
  }

  /** Who is refused does not ask again: then the coordinator aborts it by itself. */
  #endRefused(cause: AbortCause, answer: 'fenced' | 'wrong-state'): void {
    if (this.#state.kind === 'ending' && this.#state.as === 'commit') this.#cause = cause;
    this.#step({ kind: 'answered', answer });
  }

  /** Whether the records of it that are known to be in the log were committed is written there. */
  async #look(): Promise<void> {
    if (this.#known === null) return this.#step({ kind: 'given-up' });
    const { topic, partition, offset } = this.#known;
    try {
      const found = await this.#session.lane.fateOf(topic, partition, offset);
      if (found !== 'open') this.#step({ kind: 'found', in: found });
    } catch {
      this.#session.lane.forgetLeaders(topic);
    }
  }
}

function endedBefore(): Error {
  return new KafkaJSNonRetriableError('Cannot continue to use transaction once ended');
}
