/**
 * A producer with kafkajs's argument shapes that follows the signpost of its service record. What it acknowledged is stored on
 * exactly one of the clusters, once, in order per partition; what it cannot place yet it keeps, and its callers wait.
 */
import {
  CompressionTypes,
  type ICustomPartitioner,
  Partitioners,
  type ProducerBatch,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { type BlueGreenEvent, type BlueGreenEvents, Events } from './events.ts';
import { Intake } from './intake.ts';
import type { BlueGreenOptions } from './options.ts';
import { Pilot } from './pilot.ts';
import { collectReceipts } from './receipts.ts';
import { Sender } from './sender.ts';
import { pauseMs, waitMs } from './timing.ts';

export interface BlueGreenProducerOptions extends BlueGreenOptions {
  /** Java's partitioner (murmur2) when absent; both clusters must have the same number of partitions. */
  readonly createPartitioner?: ICustomPartitioner;
  /** Of records that are neither stored nor failed; beyond it `send` waits. 32 MiB when absent. */
  readonly maxBufferBytes?: number;
  /** 256 KiB when absent. A topic that allows less is found out by itself. */
  readonly maxBatchBytes?: number;
  /** How long `disconnect` waits for the buffer to empty. 30,000 when absent. */
  readonly disconnectDeadlineMs?: number;
}

const MAX_BUFFER_BYTES = 32 * 1_024 * 1_024;
const MAX_BATCH_BYTES = 256 * 1_024;
const DISCONNECT_DEADLINE_MS = 30_000;

type State =
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'connected'; readonly sender: Sender; readonly intake: Intake; readonly pilot: Pilot };

export class BlueGreenProducer {
  readonly #options: BlueGreenProducerOptions;
  readonly #events: Events;
  readonly #sends = new Set<Promise<RecordMetadata[]>>();
  #state: State = { kind: 'disconnected' };

  constructor(options: BlueGreenProducerOptions) {
    this.#options = options;
    this.#events = new Events(options, { client: 'producer' });
  }

  /** Returns what takes the handler away again. */
  on<E extends BlueGreenEvent>(event: E, handler: (what: BlueGreenEvents[E]) => void): () => void {
    return this.#events.on(event, handler);
  }

  /** Finds the cluster to write to. Rejects with NoPlaceToStart when none is found in time; it can be called again then. */
  async connect(): Promise<void> {
    if (this.#state.kind === 'connected') return;
    const { createPartitioner, maxBatchBytes, maxBufferBytes } = this.#options;
    const sender = new Sender({
      maxBatchBytes: maxBatchBytes ?? MAX_BATCH_BYTES,
      fenced: (lane, topic) => pilot.fenced(lane.clusterId, topic),
      pause: (attempt, signal) => waitMs(pauseMs(attempt), signal),
      settled: () => intake.admitAll(),
    });
    const intake = new Intake(
      sender,
      maxBufferBytes ?? MAX_BUFFER_BYTES,
      createPartitioner ?? Partitioners.DefaultPartitioner,
    );
    const pilot = new Pilot(this.#options, this.#events, sender);
    this.#state = { kind: 'connected', sender, intake, pilot };
    try {
      await pilot.start();
    } catch (error) {
      await this.disconnect();
      throw error;
    }
  }

  /** Resolves when every record is stored by all in-sync replicas of one cluster; an offset that cannot be known is `-1`. */
  async send({ topic, messages, ...rest }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...rest, topicMessages: [{ topic, messages }] });
  }

  /** As `send`, for several topics. */
  async sendBatch({ topicMessages = [], acks = -1, compression }: ProducerBatch): Promise<RecordMetadata[]> {
    if (this.#state.kind !== 'connected') throw new Error('The producer is not connected: call connect() first.');
    if (acks !== -1) throw new Error(`acks is ${acks}: this producer only writes with acks -1; leave it out.`);
    const { intake } = this.#state;
    const sent = collectReceipts(topicMessages, compression ?? CompressionTypes.None, (topic, arrivals) =>
      intake.arrive(topic, arrivals),
    );
    this.#sends.add(sent);
    try {
      return await sent;
    } finally {
      this.#sends.delete(sent);
    }
  }

  /** Resolves when every record given to `send` so far is stored or failed. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#sends);
  }

  /** Delivers what was sent, waits for it as long as the deadline allows, fails the rest, and closes every connection. */
  async disconnect(): Promise<void> {
    if (this.#state.kind !== 'connected') return;
    const { sender, intake, pilot } = this.#state;
    this.#state = { kind: 'disconnected' };
    const delivered = new AbortController();
    const deadline = waitMs(this.#options.disconnectDeadlineMs ?? DISCONNECT_DEADLINE_MS, delivered.signal);
    await Promise.race([this.flush(), deadline]);
    delivered.abort();
    await pilot.stop();
    intake.close();
    await sender.close();
  }
}
