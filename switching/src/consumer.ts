/**
 * A consumer with kafkajs's methods that reads blue until its group's ticket releases it, then green, and never both: it leaves
 * the one cluster's group before it joins the other's, and what it cannot read or verify leaves it where it is.
 */
import kafkajs, {
  type Consumer,
  type ConsumerConfig,
  type ConsumerEvents,
  type ConsumerRunConfig,
  type GroupDescription,
  Kafka,
  type Logger as KafkaLogger,
  type TopicPartitionOffset,
  type TopicPartitionOffsetAndMetadata,
  type TopicPartitions,
} from 'kafkajs';
import { BetweenClusters } from './between-clusters.ts';
import { registerCodecs } from './codecs.ts';
import { type BlueGreenEvents, Events, isBlueGreenEvent } from './events.ts';
import { type KafkaConsumerEvents, Relay } from './kafka-events.ts';
import { Lifecycle } from './lifecycle.ts';
import { standardErrorLogger } from './logger.ts';
import { type KafkaLike, Member, type Reading, type Subscription } from './member.ts';
import { mendRunner } from './mend-runner.ts';
import { Meter } from './metrics.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { newClient } from './one-at-a-time.ts';
import { type BlueGreenOptions, DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_SWITCH_JITTER_MS, kafkaConfig } from './options.ts';
import { type PauseRequest, Pauses } from './pauses.ts';
import { addReader } from './readers.ts';
import { type Destination, ReadingGuide } from './reading-guide.ts';
import { ReadingPilot } from './reading-pilot.ts';
import type { ClusterId } from './signpost.ts';
import { NOTHING_SEEN, type Sight } from './signpost-sight.ts';
import { checkSubscription } from './subscriptions.ts';
import { waitMs } from './timing.ts';
import { SignpostWatcher } from './watcher.ts';

export type { KafkaLike };

export interface BlueGreenConsumerOptions extends BlueGreenOptions {
  readonly groupId: string;
  /** The rest of kafkajs's consumer configuration. */
  readonly consumer?: Omit<ConsumerConfig, 'groupId'>;
  /** kafkajs's own class when absent. */
  readonly Kafka?: KafkaLike;
}

/** Ours and kafkajs's. */
export type BlueGreenConsumerEvents = BlueGreenEvents & KafkaConsumerEvents;

/** Shorter than kafkajs's five seconds: leaving an idle group takes as long as a fetch waits. */
const MAX_WAIT_TIME_MS = 500;
const NOT_RUNNING = 'Consumer group was not initialized, consumer#run must be called first';
const OFFSETS = 'an offset of the one means nothing on the other; wait for "switched" and use one that was read there';

export class BlueGreenConsumer {
  /** kafkajs's own event names, for `on`. */
  readonly events: ConsumerEvents;
  readonly #options: BlueGreenConsumerOptions;
  readonly #events: Events;
  readonly #relay: Relay;
  readonly #pauses = new Pauses();
  readonly #logger: () => KafkaLogger;
  readonly #read = new Set<ClusterId>();
  readonly #lifecycle = new Lifecycle({ begin: () => this.#begin(), end: () => this.#end() });
  #meter: Meter | null = null;
  #forgetReader: () => void = () => undefined;
  #pilot: ReadingPilot<Member> | null = null;
  #reading: Reading = { subscriptions: [], run: null };
  #sight: () => Sight = () => NOTHING_SEEN;

  /** Throws kafkajs's error for a consumer configuration that it refuses. */
  constructor(options: BlueGreenConsumerOptions) {
    registerCodecs();
    mendRunner();
    this.#options = options;
    this.#events = new Events(options, { groupId: options.groupId });
    this.#relay = new Relay(options.logger ?? standardErrorLogger);
    const unconnected = this.#unconnected();
    this.events = unconnected.events;
    this.#logger = () => unconnected.logger();
  }

  /**
   * Ours (`switching`, `switched`, `held`, `stayed`, `alarm`) and kafkajs's own (`consumer.events.GROUP_JOIN` …), from whichever
   * cluster is read. Returns what takes the handler away again.
   */
  on<E extends keyof BlueGreenConsumerEvents>(
    event: E,
    handler: (what: BlueGreenConsumerEvents[E]) => void,
  ): () => void {
    const listener = handler as (what: unknown) => void;
    if (isBlueGreenEvent(event)) return this.#events.on(event, listener);
    const names: readonly string[] = Object.values(this.events);
    if (names.includes(event)) return this.#relay.on(event, listener);
    const known = Object.keys(this.events).map(key => `consumer.events.${key}`);
    throw new kafkajs.KafkaJSNonRetriableError(
      `Event name should be one of ${known.join(', ')}, or switching, switched, held, stayed, alarm`,
    );
  }

  /** Finds the cluster to read from. Rejects with NoPlaceToStart when none is found in time; it can be called again then. */
  connect(): Promise<void> {
    return this.#lifecycle.connect();
  }

  async #begin(): Promise<void> {
    const watcher = new SignpostWatcher(this.#options, this.#events, this.#sight());
    this.#sight = () => watcher.sight;
    const pilot = new ReadingPilot<Member>({
      groupId: this.#options.groupId,
      events: this.#events,
      watcher,
      guide: ReadingGuide.of(this.#options, this.#options.groupId),
      begin: to => Member.begin(this.#memberOptions(to), this.#reading),
      turn: newClient,
      wait: waitMs,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      switchJitterMs: this.#options.switchJitterMs ?? DEFAULT_SWITCH_JITTER_MS,
    });
    this.#pilot = pilot;
    this.#forgetReader = addReader(this.#options.record, this.#options.groupId, {
      get cluster() {
        return pilot.member?.clusterId ?? null;
      },
      covers: (topic, partition, offset) => pilot.member?.covers(topic, partition, offset) === true,
    });
    const meter = await Meter.open(this.#options, this.#events);
    if (this.#pilot !== pilot) {
      meter?.close();
      throw new NoPlaceToStart('disconnect was called');
    }
    this.#meter = meter;
    await pilot.start();
  }

  async subscribe(subscription: Subscription): Promise<void> {
    checkSubscription(subscription);
    if (this.#reading.run !== null)
      throw new kafkajs.KafkaJSNonRetriableError('Cannot subscribe to topic while consumer is running');
    await this.#whenStill(async member => {
      await member?.consumer.subscribe(subscription);
      this.#reading = { ...this.#reading, subscriptions: [...this.#reading.subscriptions, subscription] };
    });
  }

  /** Handlers run on one cluster at a time. Offsets they see and commit are that cluster's. A second call changes nothing. */
  async run(config: ConsumerRunConfig = {}): Promise<void> {
    if (this.#reading.run !== null) return;
    this.#reading = { ...this.#reading, run: config };
    await this.#whenStill(async member => {
      if (this.#reading.run !== config) return;
      await member?.run(config).catch((error: unknown) => {
        this.#reading = { ...this.#reading, run: null };
        throw error;
      });
    });
  }

  /** Lets the running handler finish, commits, and leaves the group. The place to read is still followed; `run` begins again. */
  async stop(): Promise<void> {
    this.#reading = { ...this.#reading, run: null };
    this.#pauses.clear();
    await this.#whenStill(async member => member?.stop());
  }

  /** As `stop`, and closes every connection; `connect` begins again. */
  disconnect(): Promise<void> {
    return this.#lifecycle.disconnect();
  }

  async #end(): Promise<void> {
    await this.#pilot?.stop();
    this.#pilot = null;
    this.#forgetReader();
    this.#meter?.close();
    this.#meter = null;
    this.#reading = { ...this.#reading, run: null };
    this.#pauses.clear();
  }

  /** Holds on the next cluster too. */
  pause(topics: PauseRequest[]): void {
    this.#assertRunning();
    this.#pauses.pause(topics);
    this.#pilot?.member?.pause(topics);
  }

  resume(topics: PauseRequest[]): void {
    this.#assertRunning();
    this.#pauses.resume(topics);
    this.#pilot?.member?.resume(topics);
  }

  paused(): TopicPartitions[] {
    if (this.#reading.run === null) return [];
    const member = this.#pilot?.member;
    return member?.isInGroup ? member.consumer.paused() : this.#pauses.list();
  }

  /**
   * On the cluster that is read now; an offset means nothing on the other one, so between the two it throws BetweenClusters, and
   * after a switch NotReadHere for one that handlers have not reached there: it would skip records.
   */
  seek(position: TopicPartitionOffset): void {
    this.#assertRunning();
    this.#here('seek was refused,', OFFSETS).seek(position);
  }

  /**
   * On the cluster that is read now. Rejects as `seek` throws.
   */
  async commitOffsets(offsets: TopicPartitionOffsetAndMetadata[]): Promise<void> {
    this.#assertRunning();
    await this.#here('commitOffsets was refused,', OFFSETS).commitOffsets(offsets);
  }

  /** Of the cluster that is read now. */
  async describeGroup(): Promise<GroupDescription> {
    return this.#here(
      'describeGroup was refused,',
      'there is no group to describe; try again',
    ).consumer.describeGroup();
  }

  /** kafkajs's own, of the cluster that is read now. */
  logger(): KafkaLogger {
    return this.#pilot?.member?.consumer.logger() ?? this.#logger();
  }

  #whenStill(act: (member: Member | null) => Promise<void>): Promise<void> {
    return this.#pilot === null ? act(null) : this.#pilot.whenStill(act);
  }

  #assertRunning(): void {
    if (this.#reading.run === null) throw new kafkajs.KafkaJSNonRetriableError(NOT_RUNNING);
  }

  #here(what: string, why: string): Member {
    const member = this.#pilot?.member;
    if (member) return member;
    throw new BetweenClusters(this.#options.groupId, what, why);
  }

  /** Never connects: it knows kafkajs's names of events, and what kafkajs refuses. */
  #unconnected(): Consumer {
    const { Kafka: OwnKafka = Kafka, groupId, consumer } = this.#options;
    return new OwnKafka(kafkaConfig(this.#options, [this.#options.record])).consumer({ ...consumer, groupId });
  }

  #memberOptions({ clusterId, addresses }: Destination) {
    this.#read.add(clusterId);
    const { groupId, consumer } = this.#options;
    return {
      Kafka: this.#options.Kafka ?? Kafka,
      kafka: kafkaConfig(this.#options, addresses),
      consumer: { allowAutoTopicCreation: false, maxWaitTimeInMs: MAX_WAIT_TIME_MS, ...consumer, groupId },
      clusterId,
      hasSwitched: this.#read.size > 1,
      pauses: this.#pauses,
      pausing: this,
      relay: this.#relay,
      onCrash: (error: Error) =>
        this.#events.emit('alarm', {
          reason: `the consumer crashed and does not begin again by itself: ${error.message}`,
        }),
      onHandled: (cluster: string, messages: number) => this.#meter?.handled(cluster, messages),
    };
  }
}
