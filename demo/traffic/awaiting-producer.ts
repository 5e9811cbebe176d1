/**
 * An application with kafkajs as they are usually written: it awaits each send before the next. What comes together meanwhile goes
 * with the next batch, so that a slow cluster gets larger batches, not more requests.
 */
import type { Message, Producer } from 'kafkajs';
import type { TrafficProducer } from './traffic-client.ts';

const MOST_IN_A_BATCH = 1_000;

type SendRecord = Parameters<TrafficProducer['send']>[0];
type Sent = Awaited<ReturnType<TrafficProducer['send']>>;

interface Waiting {
  readonly record: SendRecord;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: unknown) => void;
}

export class AwaitingProducer implements TrafficProducer {
  readonly #producer: Pick<Producer, 'connect' | 'sendBatch' | 'disconnect'>;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(producer: Pick<Producer, 'connect' | 'sendBatch' | 'disconnect'>) {
    this.#producer = producer;
  }

  connect(): Promise<void> {
    return this.#producer.connect();
  }

  send(record: SendRecord): Promise<Sent> {
    const { promise, resolve, reject } = Promise.withResolvers<Sent>();
    this.#waiting.push({ record, resolve, reject });
    void this.#sendAll();
    return promise;
  }

  disconnect(): Promise<void> {
    return this.#producer.disconnect();
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_IN_A_BATCH);
      this.#waiting = this.#waiting.slice(MOST_IN_A_BATCH);
      try {
        const sent = await this.#producer.sendBatch({ topicMessages: byTopic(batch) });
        for (const { resolve } of batch) resolve(sent);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#sending = false;
  }
}

function byTopic(batch: readonly Waiting[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>();
  for (const { record } of batch) {
    const messages = topics.get(record.topic) ?? [];
    topics.set(record.topic, messages);
    messages.push(...record.messages);
  }
  return Array.from(topics, ([topic, messages]) => ({ topic, messages }));
}
