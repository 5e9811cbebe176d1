/**
 * This consumer as a member of its group on one cluster: made by a new client for each cluster, never re-pointed. Once `end`
 * returned, no handler runs and none will: kafkajs may restart a crashed consumer that was stopped meanwhile, which is prevented.
 */
import type {
  Consumer,
  ConsumerConfig,
  ConsumerRunConfig,
  ConsumerSubscribeTopic,
  ConsumerSubscribeTopics,
  KafkaConfig,
  TopicPartitions,
} from 'kafkajs';
import type { ClusterId } from './signpost.ts';

/** kafkajs's `Kafka`, or a class with its API. */
export type KafkaLike = new (config: KafkaConfig) => { consumer(config: ConsumerConfig): Consumer };

export type Subscription = ConsumerSubscribeTopics | ConsumerSubscribeTopic;

/** What the application asked for; it is asked for again on the next cluster. */
export interface Reading {
  readonly subscriptions: readonly Subscription[];
  readonly run: ConsumerRunConfig | null;
  readonly paused: readonly TopicPartitions[];
}

export interface MemberOptions {
  readonly Kafka: KafkaLike;
  readonly kafka: KafkaConfig;
  readonly consumer: ConsumerConfig;
  readonly clusterId: ClusterId;
  /** Called when the member crashed and will not begin again by itself. */
  readonly onCrash: (error: Error) => void;
}

type Life = 'serving' | 'ending' | 'ended';

export class Member {
  readonly clusterId: ClusterId;
  readonly consumer: Consumer;
  #life: Life = 'serving';
  #handling = 0;
  #idle: (() => void) | null = null;

  private constructor({ Kafka, kafka, consumer, clusterId, onCrash }: MemberOptions) {
    this.clusterId = clusterId;
    const mayRestart = consumer.retry?.restartOnFailure ?? (async () => true);
    const restartOnFailure = async (error: Error) => this.#life === 'serving' && (await mayRestart(error));
    this.consumer = new Kafka(kafka).consumer({ ...consumer, retry: { ...consumer.retry, restartOnFailure } });
    this.consumer.on(this.consumer.events.CRASH, ({ payload: { restart, error } }) => {
      if (this.#life === 'serving' && !restart) onCrash(error);
      if (this.#life !== 'serving' && restart) setImmediate(() => void this.consumer.stop());
    });
  }

  /** Connects, and takes up the reading; nothing is left of it when that fails. */
  static async begin(options: MemberOptions, reading: Reading): Promise<Member> {
    const member = new Member(options);
    try {
      await member.consumer.connect();
      for (const subscription of reading.subscriptions) await member.consumer.subscribe(subscription);
      if (reading.run !== null) {
        await member.run(reading.run);
        if (reading.paused.length > 0) member.consumer.pause([...reading.paused]);
      }
      return member;
    } catch (error) {
      await member.end();
      throw error;
    }
  }

  async run(config: ConsumerRunConfig): Promise<void> {
    const { eachMessage, eachBatch } = config;
    await this.consumer.run({
      ...config,
      ...(eachMessage === undefined ? {} : { eachMessage: payload => this.#handle(() => eachMessage(payload)) }),
      ...(eachBatch === undefined ? {} : { eachBatch: payload => this.#handle(() => eachBatch(payload)) }),
    });
  }

  /** Lets the handler that is running finish, commits, leaves the group. */
  async end(): Promise<void> {
    this.#life = 'ending';
    await this.consumer.disconnect();
    this.#life = 'ended';
    if (this.#handling > 0)
      await new Promise<void>(resolve => {
        this.#idle = resolve;
      });
  }

  async #handle(handler: () => Promise<void>): Promise<void> {
    if (this.#life === 'ended') throw new Error(`This consumer has left cluster ${this.clusterId}.`);
    this.#handling += 1;
    try {
      await handler();
    } finally {
      this.#handling -= 1;
      if (this.#handling === 0) this.#idle?.();
    }
  }
}
