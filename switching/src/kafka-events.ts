/**
 * kafkajs's own consumer events, handed on from the member that serves now. A listener is registered once and follows to the next
 * cluster; each event is told once, by the one member there is.
 */
import type {
  ConnectEvent,
  Consumer,
  ConsumerCommitOffsetsEvent,
  ConsumerCrashEvent,
  ConsumerEndBatchProcessEvent,
  ConsumerFetchEvent,
  ConsumerFetchStartEvent,
  ConsumerGroupJoinEvent,
  ConsumerHeartbeatEvent,
  ConsumerRebalancingEvent,
  ConsumerReceivedUnsubcribedTopicsEvent,
  ConsumerStartBatchProcessEvent,
  DisconnectEvent,
  InstrumentationEvent,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from 'kafkajs';
import type { Logger } from './logger.ts';

/** By the names in kafkajs's `consumer.events`. */
export interface KafkaConsumerEvents {
  readonly 'consumer.heartbeat': ConsumerHeartbeatEvent;
  readonly 'consumer.commit_offsets': ConsumerCommitOffsetsEvent;
  readonly 'consumer.group_join': ConsumerGroupJoinEvent;
  readonly 'consumer.fetch_start': ConsumerFetchStartEvent;
  readonly 'consumer.fetch': ConsumerFetchEvent;
  readonly 'consumer.start_batch_process': ConsumerStartBatchProcessEvent;
  readonly 'consumer.end_batch_process': ConsumerEndBatchProcessEvent;
  readonly 'consumer.connect': ConnectEvent;
  readonly 'consumer.disconnect': DisconnectEvent;
  readonly 'consumer.stop': InstrumentationEvent<null>;
  readonly 'consumer.crash': ConsumerCrashEvent;
  readonly 'consumer.rebalancing': ConsumerRebalancingEvent;
  readonly 'consumer.received_unsubscribed_topics': ConsumerReceivedUnsubcribedTopicsEvent;
  readonly 'consumer.network.request': RequestEvent;
  readonly 'consumer.network.request_timeout': RequestTimeoutEvent;
  readonly 'consumer.network.request_queue_size': RequestQueueSizeEvent;
}

export type KafkaConsumerEvent = keyof KafkaConsumerEvents;

type Listener = (event: never) => unknown;

/** What is told of `consumer.on`, whatever the event's name. */
type Listen = (event: KafkaConsumerEvent, listener: (what: unknown) => void) => () => void;

interface Source {
  readonly listen: Listen;
  readonly passes: (event: KafkaConsumerEvent) => boolean;
}

/** Hands the events of one consumer after the other on. A listener that throws disturbs nothing. */
export class Relay {
  readonly #logger: Logger;
  readonly #listeners = new Map<KafkaConsumerEvent, Set<Listener>>();
  readonly #ears = new Map<KafkaConsumerEvent, () => void>();
  #source: Source | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what takes the listener away again. */
  on<E extends KafkaConsumerEvent>(event: E, listener: (what: KafkaConsumerEvents[E]) => unknown): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    this.#listen(event);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#ears.get(event)?.();
      this.#ears.delete(event);
    };
  }

  /** From now on this consumer is heard and the one before no more. What `passes` denies is kept back. */
  follow(consumer: Pick<Consumer, 'on'>, passes: Source['passes']): void {
    for (const unhear of this.#ears.values()) unhear();
    this.#ears.clear();
    this.#source = { listen: consumer.on.bind(consumer) as Listen, passes };
    for (const [event, listeners] of this.#listeners) if (listeners.size > 0) this.#listen(event);
  }

  #listen(event: KafkaConsumerEvent): void {
    const source = this.#source;
    if (source === null || this.#ears.has(event)) return;
    const tell = (what: unknown) => {
      if (source.passes(event))
        for (const listener of this.#listeners.get(event) ?? []) void this.#call(listener, what);
    };
    this.#ears.set(event, source.listen(event, tell));
  }

  async #call(listener: Listener, what: unknown): Promise<void> {
    try {
      await listener(what as never);
    } catch (error) {
      this.#logger.error({ error: String(error) }, 'blue/green: a listener of a consumer event threw');
    }
  }
}
