/**
 * kafkajs's own events of a producer that mean something here: that it is connected and disconnected. Its requests go over several
 * clusters' connections and are not told one by one.
 */
import kafkajs, { type InstrumentationEvent, type ProducerEvents } from 'kafkajs';
import type { BlueGreenEvents } from './events.ts';
import type { Logger } from './logger.ts';

/** By the names in kafkajs's `producer.events`. */
export interface KafkaProducerEvents {
  readonly 'producer.connect': InstrumentationEvent<null>;
  readonly 'producer.disconnect': InstrumentationEvent<null>;
}

type Listener = (event: InstrumentationEvent<null>) => void;
type Told = keyof KafkaProducerEvents;

export const producerEvents = {
  CONNECT: 'producer.connect',
  DISCONNECT: 'producer.disconnect',
  REQUEST: 'producer.network.request',
  REQUEST_TIMEOUT: 'producer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'producer.network.request_queue_size',
} as const satisfies ProducerEvents;

const OURS = ['switching', 'switched', 'held', 'stayed', 'alarm'] as const satisfies (keyof BlueGreenEvents)[];

/** A listener that throws disturbs nothing. */
export class ProducerTeller {
  readonly #logger: Logger;
  readonly #listeners: Readonly<Record<Told, Set<Listener>>> = {
    'producer.connect': new Set(),
    'producer.disconnect': new Set(),
  };
  #ids = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what takes the listener away again. Throws, as kafkajs does, for an event that is never told. */
  on(event: string, listener: Listener): () => void {
    if (event !== 'producer.connect' && event !== 'producer.disconnect') {
      throw new kafkajs.KafkaJSNonRetriableError(
        `Event name should be one of producer.events.CONNECT, producer.events.DISCONNECT, or ${OURS.join(', ')}`,
      );
    }
    this.#listeners[event].add(listener);
    return () => void this.#listeners[event].delete(listener);
  }

  tell(type: Told): void {
    const event = { id: String(this.#ids++), type, timestamp: Date.now(), payload: null };
    for (const listener of this.#listeners[type]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error({ error: String(error) }, 'blue/green: a listener of a producer event threw');
      }
    }
  }
}
