/**
 * What the application paused. kafkajs forgets it when a consumer begins anew, after a crash or on the next cluster; here it is
 * remembered and asked for again. The rules are kafkajs's own: naming partitions ends the pause of a whole topic.
 */
import kafkajs, { type TopicPartitions } from 'kafkajs';

/** A topic as a whole, or some of its partitions. */
export interface PauseRequest {
  readonly topic: string;
  readonly partitions?: number[];
}

interface TopicState {
  readonly paused: Set<number>;
  readonly resumed: Set<number>;
  all: boolean;
}

/** As much of a kafkajs consumer as is told. */
interface Pausable {
  pause(topics: PauseRequest[]): void;
  resume(topics: PauseRequest[]): void;
}

export class Pauses {
  readonly #topics = new Map<string, TopicState>();

  /** Throws kafkajs's error for what names no topic or no partitions. */
  pause(requests: readonly PauseRequest[]): void {
    check(requests, 'pause');
    for (const { topic, partitions } of requests) {
      const state = this.#state(topic);
      if (partitions === undefined) reset(state, true);
      for (const partition of partitions ?? []) {
        state.paused.add(partition);
        state.resumed.delete(partition);
      }
      if (partitions !== undefined) state.all = false;
    }
  }

  /** As `pause`. */
  resume(requests: readonly PauseRequest[]): void {
    check(requests, 'resume');
    for (const { topic, partitions } of requests) {
      const state = this.#state(topic);
      if (partitions === undefined) reset(state, false);
      for (const partition of partitions ?? []) {
        state.paused.delete(partition);
        if (state.all) state.resumed.add(partition);
      }
    }
  }

  /** As kafkajs forgets it when its consumer is stopped. */
  clear(): void {
    this.#topics.clear();
  }

  /** Brings a consumer that begins to the remembered state. */
  tell(consumer: Pausable): void {
    for (const [topic, { paused, resumed, all }] of this.#topics) {
      if (all) consumer.pause([{ topic }]);
      else if (paused.size > 0) consumer.pause([{ topic, partitions: [...paused] }]);
      if (all && resumed.size > 0) consumer.resume([{ topic, partitions: [...resumed] }]);
    }
  }

  /** Topics that are paused as a whole have no partitions here: which ones there are, only a cluster can say. */
  list(): TopicPartitions[] {
    return [...this.#topics]
      .filter(([, { paused, all }]) => all || paused.size > 0)
      .map(([topic, { paused }]) => ({ topic, partitions: [...paused].toSorted((a, b) => a - b) }));
  }

  #state(topic: string): TopicState {
    const known = this.#topics.get(topic) ?? { paused: new Set(), resumed: new Set(), all: false };
    this.#topics.set(topic, known);
    return known;
  }
}

function reset(state: TopicState, all: boolean): void {
  state.paused.clear();
  state.resumed.clear();
  state.all = all;
}

function check(requests: readonly PauseRequest[], what: 'pause' | 'resume'): void {
  for (const request of requests) {
    const { topic, partitions } = (request ?? {}) as Partial<PauseRequest>;
    if (!topic) throw new kafkajs.KafkaJSNonRetriableError(`Invalid topic ${topic}`);
    if (partitions !== undefined && (!Array.isArray(partitions) || partitions.some(Number.isNaN)))
      throw new kafkajs.KafkaJSNonRetriableError(
        `Array of valid partitions required to ${what} specific partitions instead of ${String(partitions)}`,
      );
  }
}
