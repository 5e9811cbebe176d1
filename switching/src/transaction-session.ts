/**
 * One transactional id on one cluster: its producer id and epoch, and the brokers that coordinate its transactions and groups.
 * A coordinator that moved, or does not answer, is looked up again with the next request.
 */
import { Accumulator } from './accumulator.ts';
import { asError } from './errors.ts';
import { Lane, type LaneOptions } from './lane.ts';
import type { Payload } from './sender.ts';
import type { ClusterId } from './signpost.ts';
import { TransactionalIdTaken } from './transaction-errors.ts';
import { type Reply, replyOf } from './transaction-replies.ts';
import {
  type CoordinatorKind,
  findCoordinator,
  initProducerId,
  type TransactionIdentity,
} from './transaction-requests.ts';
import type { WireBroker } from './wire.ts';
import type { WireCall } from './wire-call.ts';

export interface SessionOptions {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  readonly maxBatchBytes: number;
}

/** This client will not be told who coordinates. */
class NoCoordinator extends Error {
  readonly refusal: Error;

  constructor(refusal: Error) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export class TransactionSession {
  readonly lane: Lane;
  readonly #options: SessionOptions;
  readonly #coordinators = new Map<string, number>();
  #identity: TransactionIdentity | null = null;
  #usable = false;
  #accumulator: Accumulator<Payload>;

  private constructor(lane: Lane, options: SessionOptions) {
    this.lane = lane;
    this.#options = options;
    this.#accumulator = new Accumulator(options.maxBatchBytes);
  }

  static async open(place: LaneOptions, options: SessionOptions, signal: AbortSignal): Promise<TransactionSession> {
    const { transactionalId } = options;
    return new TransactionSession(await Lane.open({ ...place, transactionalId }, signal), options);
  }

  get clusterId(): ClusterId {
    return this.lane.clusterId;
  }

  /** Not before `prepare`. */
  get identity(): TransactionIdentity {
    if (this.#identity === null) throw new Error('The transactional producer has no producer id yet.');
    return this.#identity;
  }

  /** Sequences belong to an epoch: each has a buffer of its own. */
  get accumulator(): Accumulator<Payload> {
    return this.#accumulator;
  }

  /**
   * Makes the next transaction possible: the first time, and whenever something of the last one may still be on its way, with a
   * new epoch, which ends what is open of the one before. `not yet` where the coordinator is busy with that, or does not answer.
   */
  async prepare(): Promise<'ready' | 'not yet'> {
    if (this.#usable) return 'ready';
    const { transactionalId, timeoutMs } = this.#options;
    const call = initProducerId(transactionalId, timeoutMs, this.#identity);
    const asked = await this.#send('transaction', transactionalId, call);
    if (typeof asked === 'string') return 'not yet';
    const reply = this.#judge('transaction', transactionalId, asked.errorCode);
    switch (reply.kind) {
      case 'fenced':
        throw new TransactionalIdTaken(transactionalId, this.clusterId);
      case 'refused':
        throw reply.error;
      case 'done':
        break;
      default:
        return 'not yet';
    }
    this.#identity = { transactionalId, producerId: asked.producerId, producerEpoch: asked.producerEpoch };
    this.lane.identify(this.#identity);
    this.#accumulator = new Accumulator(this.#options.maxBatchBytes);
    this.#usable = true;
    return 'ready';
  }

  /** The next transaction has an epoch of its own. */
  spend(): void {
    this.#usable = false;
  }

  /** Asks the broker that coordinates. */
  async ask(kind: CoordinatorKind, key: string, call: WireCall<number>): Promise<Reply> {
    try {
      const code = await this.#send(kind, key, call);
      if (code === 'not-sent' || code === 'unanswered') return { kind: code };
      return this.#judge(kind, key, code);
    } catch (error) {
      return { kind: 'refused', error: asError(error) };
    }
  }

  async close(): Promise<void> {
    await this.lane.close();
  }

  #judge(kind: CoordinatorKind, key: string, code: number): Reply {
    const reply = replyOf(code);
    if (reply.kind === 'unanswered') this.#coordinators.delete(`${kind} ${key}`);
    return reply;
  }

  /** Rejects where no coordinator is told to this client at all, as for want of a right. */
  async #send<Answer>(
    kind: CoordinatorKind,
    key: string,
    call: WireCall<Answer>,
  ): Promise<Answer | 'not-sent' | 'unanswered'> {
    let broker: WireBroker;
    try {
      broker = await this.#coordinator(kind, key);
    } catch (error) {
      if (error instanceof NoCoordinator) throw error.refusal;
      this.#coordinators.delete(`${kind} ${key}`);
      return 'not-sent';
    }
    try {
      return await broker.ask(call);
    } catch {
      this.#coordinators.delete(`${kind} ${key}`);
      return 'unanswered';
    }
  }

  async #coordinator(kind: CoordinatorKind, key: string): Promise<WireBroker> {
    const name = `${kind} ${key}`;
    const known = this.#coordinators.get(name);
    if (known !== undefined) return this.lane.broker(known);
    const { errorCode, nodeId } = await this.lane.ask(findCoordinator(kind, key));
    const reply = replyOf(errorCode);
    if (reply.kind === 'refused') throw new NoCoordinator(reply.error);
    if (reply.kind !== 'done') throw new Error(`No coordinator of ${name} is known yet: Kafka's error ${errorCode}.`);
    this.#coordinators.set(name, nodeId);
    return this.lane.broker(nodeId);
  }
}
