/**
 * A producer with kafkajs's argument shapes that follows the signpost of its service record. What it acknowledged is stored on
 * exactly one of the clusters, once, in order per partition; what it cannot place yet it keeps, and its callers wait.
 */
import kafkajs, {
  type ICustomPartitioner,
  Kafka,
  type Logger as KafkaLogger,
  type ProducerBatch,
  type ProducerRecord,
  type RecordMetadata,
  type Transaction,
} from 'kafkajs';
import { registerCodecs } from './codecs.ts';
import { type BlueGreenEvents, type Buffered, Events, isBlueGreenEvent } from './events.ts';
import { refuseForeign } from './foreign-offsets.ts';
import { Intake } from './intake.ts';
import { Lifecycle } from './lifecycle.ts';
import { standardErrorLogger } from './logger.ts';
import { Meter } from './metrics.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { OpenSends } from './open-sends.ts';
import { type BlueGreenOptions, kafkaConfig } from './options.ts';
import { createPartitioner as defaultPartitioner } from './partitioner.ts';
import { Pilot } from './pilot.ts';
import { type KafkaProducerEvents, ProducerTeller, producerEvents } from './producer-events.ts';
import { type Outgoing, type SendOptions, sendBatch } from './send-batch.ts';
import { Sender } from './sender.ts';
import { pauseMs, waitMs } from './timing.ts';
import { Transactions } from './transactions.ts';

export interface BlueGreenProducerOptions extends BlueGreenOptions {
  /** Java's partitioner (murmur2) when absent; both clusters must have the same number of partitions. */
  readonly createPartitioner?: ICustomPartitioner;
  /** Of records that are neither stored nor failed; beyond it `send` waits. 32 MiB when absent. */
  readonly maxBufferBytes?: number;
  /** 256 KiB when absent. A topic that allows less is found out by itself. */
  readonly maxBatchBytes?: number;
  /** How long a `send` may take before it rejects with SendTimeout. For ever when absent. */
  readonly sendTimeoutMs?: number;
  /**
   * How long after a switch the old cluster is asked for the fate of a batch it did not answer, before the batch goes to the new
   * one and may be stored twice. Until the deployment has deleted that cluster when absent.
   */
  readonly unansweredDeadlineMs?: number;
  /** How long `disconnect` waits for the buffer to empty. 30,000 when absent. */
  readonly disconnectDeadlineMs?: number;
  /** What makes `transaction` possible; of all producers with one id on a cluster the last that began is the one that goes on. */
  readonly transactionalId?: string;
  /** After which the coordinator aborts a transaction that is open. 60,000 when absent, as kafkajs's `transactionTimeout`. */
  readonly transactionTimeoutMs?: number;
}

const MAX_BUFFER_BYTES = 32 * 1_024 * 1_024;
const MAX_BATCH_BYTES = 256 * 1_024;
const DISCONNECT_DEADLINE_MS = 30_000;
const TRANSACTION_TIMEOUT_MS = 60_000;

type State =
  | { readonly kind: 'disconnected' }
  | {
      readonly kind: 'connected';
      readonly sender: Sender;
      readonly intake: Intake;
      readonly pilot: Pilot;
      /** Null without a transactional id. */
      readonly transactions: Transactions | null;
    };

/** Ours, and of kafkajs's those that are told. */
export type BlueGreenProducerEvents = BlueGreenEvents & KafkaProducerEvents;

export class BlueGreenProducer {
  /** kafkajs's own event names, for `on`. */
  readonly events = producerEvents;
  readonly #options: BlueGreenProducerOptions;
  readonly #events: Events;
  readonly #teller: ProducerTeller;
  readonly #openSends = new OpenSends();
  readonly #sending: SendOptions;
  readonly #lifecycle = new Lifecycle({ begin: () => this.#begin(), end: after => this.#end(after) });
  #meter: Meter | null = null;
  #state: State = { kind: 'disconnected' };

  constructor(options: BlueGreenProducerOptions) {
    registerCodecs();
    this.#options = options;
    this.#events = new Events(options, { client: 'producer' }, () => this.#buffered);
    this.#teller = new ProducerTeller(options.logger ?? standardErrorLogger);
    this.#sending = {
      timeoutMs: options.sendTimeoutMs,
      openSends: this.#openSends,
      follow: (records, sent) => this.#meter?.follow(records, sent),
    };
  }

  /** Of records that were let in and are neither stored nor failed; what waits for room is not among them. */
  get bufferedBytes(): number {
    if (this.#state.kind !== 'connected') return 0;
    return this.#state.sender.bytes + (this.#state.transactions?.bytes ?? 0);
  }

  get #buffered(): Buffered {
    if (this.#state.kind !== 'connected') return { records: 0, bytes: 0 };
    const { records, bytes } = this.#state.sender;
    return { records, bytes };
  }

  /**
   * Ours (`switching`, `switched`, `held`, `stayed`, `alarm`) and kafkajs's `producer.events.CONNECT` and `DISCONNECT`. Returns what
   * takes the handler away again.
   */
  on<E extends keyof BlueGreenProducerEvents>(
    event: E,
    handler: (what: BlueGreenProducerEvents[E]) => void,
  ): () => void {
    const listener = handler as (what: unknown) => void;
    return isBlueGreenEvent(event) ? this.#events.on(event, listener) : this.#teller.on(event, listener);
  }

  /** It always is. */
  isIdempotent(): boolean {
    return true;
  }

  /** kafkajs's own. */
  logger(): KafkaLogger {
    return new Kafka(kafkaConfig(this.#options, [this.#options.record])).producer().logger();
  }

  /** Finds the cluster to write to. Rejects with NoPlaceToStart when none is found in time; it can be called again then. */
  connect(): Promise<void> {
    return this.#lifecycle.connect();
  }

  async #begin(): Promise<void> {
    const { createPartitioner, maxBatchBytes, maxBufferBytes } = this.#options;
    const sender = new Sender({
      maxBatchBytes: maxBatchBytes ?? MAX_BATCH_BYTES,
      fenced: (lane, topic) => pilot.fenced(lane.clusterId, topic),
      gone: (lane, leftForMs) => pilot.isGone(lane, leftForMs),
      unknowable: records => pilot.unknowable(records),
      rightMissing: (cluster, missing) => pilot.rightMissing(cluster, missing),
      pause: (attempt, signal) => waitMs(pauseMs(attempt), signal),
      settled: () => intake.admit(),
    });
    const intake = new Intake(sender, maxBufferBytes ?? MAX_BUFFER_BYTES, createPartitioner ?? defaultPartitioner);
    const pilot = new Pilot(this.#options, this.#events, sender, async () => (await transactions?.left()) ?? 0);
    const transactions = this.#transactions(sender, pilot);
    const state = { kind: 'connected', sender, intake, pilot, transactions } as const;
    this.#state = state;
    const meter = await Meter.open(this.#options, this.#events, () => this.bufferedBytes);
    if (this.#state !== state) {
      meter?.close();
      throw new NoPlaceToStart('disconnect was called');
    }
    this.#meter = meter;
    await pilot.start();
    this.#teller.tell('producer.connect');
  }

  /** Resolves when every record is stored by all in-sync replicas of one cluster; an offset that cannot be known is `-1`. */
  send({ topic, messages, acks, compression }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.#send({ topicMessages: [{ topic, messages }], acks, compression });
  }

  /**
   * As `send`, for several topics. kafkajs's `timeout` is how long the broker waits for its replicas, and no deadline of the call;
   * here batches of several calls go together and an unanswered one is asked after, so it is not used: see `sendTimeoutMs`.
   */
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    return this.#send(batch);
  }

  /**
   * kafkajs's: what is sent through it is visible to read_committed readers all together or not at all. It begins on the cluster
   * that is written to, after waiting for one, and ends there whatever the signpost says meanwhile.
   */
  async transaction(): Promise<Transaction> {
    if (this.#state.kind !== 'connected') throw notConnected();
    if (this.#state.transactions === null) {
      throw new kafkajs.KafkaJSNonRetriableError('Must provide transactional id for transactional producer');
    }
    return this.#state.transactions.begin();
  }

  /** Resolves when every record given to `send` so far is stored or failed. */
  async flush(): Promise<void> {
    await this.#openSends.ended();
  }

  /** Aborts an open transaction, delivers what was sent, waits for it as long as the deadline allows, fails the rest, and closes every connection. */
  disconnect(): Promise<void> {
    return this.#lifecycle.disconnect();
  }

  /** Where there never was a cluster nothing can be delivered. */
  async #end(after: 'connected' | 'failed'): Promise<void> {
    if (this.#state.kind !== 'connected') return;
    const { sender, intake, pilot, transactions } = this.#state;
    this.#state = { kind: 'disconnected' };
    if (after === 'connected') {
      const delivered = new AbortController();
      const deadline = waitMs(this.#options.disconnectDeadlineMs ?? DISCONNECT_DEADLINE_MS, delivered.signal);
      await Promise.race([Promise.all([this.flush(), transactions?.bringToEnd()]), deadline]);
      delivered.abort();
    }
    await pilot.stop();
    await transactions?.close();
    intake.close();
    await sender.close();
    this.#meter?.close();
    this.#meter = null;
    this.#teller.tell('producer.disconnect');
  }

  #transactions(sender: Sender, pilot: Pilot): Transactions | null {
    const { transactionalId, transactionTimeoutMs, maxBatchBytes, maxBufferBytes, createPartitioner } = this.#options;
    if (transactionalId === undefined) return null;
    const partition = (createPartitioner ?? defaultPartitioner)();
    return new Transactions({
      transactionalId,
      timeoutMs: transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      maxBatchBytes: maxBatchBytes ?? MAX_BATCH_BYTES,
      maxBufferBytes: maxBufferBytes ?? MAX_BUFFER_BYTES,
      sending: this.#sending,
      partitioner: () => partition,
      place: () => pilot.place,
      news: signal => pilot.followed(signal),
      waitingFor: () => (sender.holding === null ? { kind: 'no-cluster' } : { kind: 'held', ...sender.holding }),
      gone: ({ lane }, leftForMs) => pilot.isGone(lane, leftForMs),
      refuseForeign: (cluster, groupId, topics, signal) =>
        refuseForeign(this.#options, pilot.standing, cluster, { groupId, topics }, signal),
      fenced: (cluster, topic) => pilot.fenced(cluster, topic),
      rightMissing: (cluster, missing) => pilot.rightMissing(cluster, missing),
      ended: as => this.#meter?.transactionEnded(as),
      unknown: cluster => pilot.transactionUnknown(transactionalId, cluster),
    });
  }

  /** Not async: each promise around the one that answers is paid for by every message. */
  #send(batch: Outgoing): Promise<RecordMetadata[]> {
    try {
      if (this.#state.kind !== 'connected') throw notConnected();
      return sendBatch(batch, this.#state.intake, this.#sending);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** kafkajs's for it. */
function notConnected(): Error {
  return new kafkajs.KafkaJSError('The producer is disconnected: call connect() first', { retriable: true });
}
