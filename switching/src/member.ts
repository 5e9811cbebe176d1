/**
 * This consumer as a member of its group on one cluster: made by a new client for each cluster, never re-pointed. Once `end`
 * returned, no handler runs and none will: kafkajs may be about to begin anew after a crash at that moment, which is waited for
 * or prevented.
 */
import type {
  Consumer,
  ConsumerConfig,
  ConsumerRunConfig,
  ConsumerSubscribeTopic,
  ConsumerSubscribeTopics,
  KafkaConfig,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
} from 'kafkajs';
import { Delivered, NotReadHere } from './delivered.ts';
import { surround } from './handlers.ts';
import type { KafkaConsumerEvent, Relay } from './kafka-events.ts';
import type { PauseRequest, Pauses } from './pauses.ts';
import type { ClusterId } from './signpost.ts';

/** kafkajs's `Kafka`, or a class with its API. */
export type KafkaLike = new (config: KafkaConfig) => { consumer(config: ConsumerConfig): Consumer };

export type Subscription = ConsumerSubscribeTopics | ConsumerSubscribeTopic;

/** Wherever the group is when it is called, which may be on another cluster by then. */
export interface Pausing {
  pause(requests: PauseRequest[]): void;
  resume(requests: PauseRequest[]): void;
}

/** What the application asked for; it is asked for again on the next cluster. */
export interface Reading {
  readonly subscriptions: readonly Subscription[];
  readonly run: ConsumerRunConfig | null;
}

export interface MemberOptions {
  readonly Kafka: KafkaLike;
  readonly kafka: KafkaConfig;
  readonly consumer: ConsumerConfig;
  readonly clusterId: ClusterId;
  /** This consumer read another cluster before. */
  readonly hasSwitched: boolean;
  /** Asked for again whenever this member joins. */
  readonly pauses: Pauses;
  /** What handlers pause and resume. */
  readonly pausing: Pausing;
  /** Hands kafkajs's events on. */
  readonly relay: Relay;
  /** Called when the member crashed and will not begin again by itself. */
  readonly onCrash: (error: Error) => void;
  /** So many more messages were handled on this cluster. */
  readonly onHandled: (clusterId: ClusterId, messages: number) => void;
}

type Life = 'serving' | 'ending' | 'ended';

/** Of a consumer that only moves the application need not hear that it stops: `switching` and `switched` say it. */
const OF_ENDING: ReadonlySet<KafkaConsumerEvent> = new Set(['consumer.stop', 'consumer.disconnect', 'consumer.crash']);

export class Member {
  readonly clusterId: ClusterId;
  readonly consumer: Consumer;
  readonly #pausing: Pausing;
  readonly #handled: (messages: number) => void;
  readonly #delivered = new Delivered();
  readonly #hasSwitched: boolean;
  #life: Life = 'serving';
  #leaving = false;
  #joined = false;
  #restarting = false;
  #handling = 0;
  #idle: (() => void) | null = null;

  private constructor({
    Kafka,
    kafka,
    consumer,
    clusterId,
    hasSwitched,
    pauses,
    pausing,
    relay,
    onCrash,
    onHandled,
  }: MemberOptions) {
    this.clusterId = clusterId;
    this.#hasSwitched = hasSwitched;
    this.#pausing = pausing;
    this.#handled = messages => onHandled(clusterId, messages);
    const mayRestart = consumer.retry?.restartOnFailure ?? (async () => true);
    const restartOnFailure = async (error: Error) => this.#life === 'serving' && (await mayRestart(error));
    this.consumer = new Kafka(kafka).consumer({ ...consumer, retry: { ...consumer.retry, restartOnFailure } });
    this.consumer.on(this.consumer.events.CRASH, ({ payload: { restart, error } }) => {
      this.#joined = false;
      this.#restarting = restart && this.#life === 'serving';
      if (this.#life === 'serving' && !restart) onCrash(error);
      if (this.#life !== 'serving' && restart) setImmediate(() => void this.consumer.stop());
    });
    this.consumer.on(this.consumer.events.GROUP_JOIN, () => {
      this.#joined = true;
      this.#restarting = false;
      pauses.tell(this.consumer);
    });
    relay.follow(this.consumer, event => !(this.#leaving && OF_ENDING.has(event)));
  }

  /** Connects, and takes up the reading; nothing is left of it when that fails. */
  static async begin(options: MemberOptions, reading: Reading): Promise<Member> {
    const member = new Member(options);
    try {
      await member.consumer.connect();
      for (const subscription of reading.subscriptions) await member.consumer.subscribe(subscription);
      if (reading.run !== null) await member.run(reading.run);
      return member;
    } catch (error) {
      await member.leave();
      throw error;
    }
  }

  /** Not before it joined, and not while it begins anew after a crash. */
  get isInGroup(): boolean {
    return this.#joined;
  }

  async run(config: ConsumerRunConfig): Promise<void> {
    this.#life = 'serving';
    await this.consumer.run(
      surround(config, {
        enter: handler => this.#handle(handler),
        pause: requests => this.#pausing.pause(requests),
        resume: requests => this.#pausing.resume(requests),
        delivered: (topic, partition, offset) => this.#delivered.saw(topic, partition, offset),
        handled: messages => this.#handled(messages),
      }),
    );
  }

  /** Whether a commit of this offset leaves out nothing, as far as that can be told: where nothing else was read, any does. */
  covers(topic: string, partition: number, offset: string): boolean {
    return !this.#hasSwitched || this.#delivered.covers(topic, partition, offset);
  }

  /** After a switch it rejects with NotReadHere for what was not read as far on this cluster. */
  async commitOffsets(offsets: TopicPartitionOffsetAndMetadata[]): Promise<void> {
    for (const position of offsets) this.#refuseBeyond('commitOffsets', position);
    await this.consumer.commitOffsets(offsets);
  }

  /** As `commitOffsets`; what kafkajs means by a negative offset, the beginning or the end, is no offset of a cluster. */
  seek(position: TopicPartitionOffset): void {
    if (!position.offset.startsWith('-')) this.#refuseBeyond('seek', position);
    this.consumer.seek(position);
  }

  /** Nothing while this member is not in its group: it is told all that is paused when it joins. */
  pause(requests: PauseRequest[]): void {
    if (this.#joined) this.consumer.pause(requests);
  }

  /** As `pause`. */
  resume(requests: PauseRequest[]): void {
    if (this.#joined) this.consumer.resume(requests);
  }

  #refuseBeyond(what: string, position: TopicPartitionOffset): void {
    const { topic, partition, offset } = position;
    if (!this.covers(topic, partition, offset)) throw new NotReadHere(what, position, this.clusterId);
  }

  /** Lets the handler that is running finish, commits, leaves the group; `run` begins again. */
  async stop(): Promise<void> {
    this.#life = 'ending';
    await this.#restarted();
    this.#joined = false;
    await this.consumer.stop();
    await this.#handlersEnded();
  }

  /** As `end`, for another cluster: the application is not told that its consumer stops. */
  async leave(): Promise<void> {
    this.#leaving = true;
    await this.end();
  }

  /** Lets the handler that is running finish, commits, leaves the group. */
  async end(): Promise<void> {
    this.#life = 'ending';
    await this.#restarted();
    this.#joined = false;
    await this.consumer.disconnect();
    this.#life = 'ended';
    await this.#handlersEnded();
  }

  /**
   * kafkajs forgets a consumer that is stopped while it joins anew after a crash, and that consumer then joins all the same, for
   * ever. So that join is waited for; one that has not begun never will.
   */
  async #restarted(): Promise<void> {
    if (!this.#restarting || !this.#isMade()) return;
    await new Promise<void>(resolve => {
      const { CRASH, GROUP_JOIN } = this.consumer.events;
      const told = () => {
        for (const forget of forgets) forget();
        // kafkajs takes up its work in the same turn as it tells of the join.
        setImmediate(resolve);
      };
      const forgets = [this.consumer.on(CRASH, told), this.consumer.on(GROUP_JOIN, told)];
    });
  }

  /** Whether kafkajs has a group of this consumer in hand: without, it refuses to pause even nothing. */
  #isMade(): boolean {
    try {
      this.consumer.pause([]);
      return true;
    } catch {
      return false;
    }
  }

  async #handlersEnded(): Promise<void> {
    if (this.#handling === 0) return;
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
