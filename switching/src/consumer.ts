/**
 * A consumer that reads blue until its group's ticket releases it, then green, and never both: it leaves the one cluster's group
 * before it joins the other's, and what it cannot read or verify leaves it where it is.
 */
import {
  type ConsumerConfig,
  type ConsumerRunConfig,
  Kafka,
  type TopicPartitionOffset,
  type TopicPartitionOffsetAndMetadata,
  type TopicPartitions,
} from 'kafkajs';
import { type BlueGreenEvent, type BlueGreenEvents, Events } from './events.ts';
import { type KafkaLike, Member, type Reading, type Subscription } from './member.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type BlueGreenOptions, DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_SWITCH_JITTER_MS, kafkaConfig } from './options.ts';
import { type Destination, ReadingGuide } from './reading-guide.ts';
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

/** Between two clusters. */
interface Journey {
  readonly from: string;
  readonly beganMs: number;
}

const RETRY_PAUSE_MS = 250;
/** Shorter than kafkajs's five seconds: leaving an idle group takes as long as a fetch waits. */
const MAX_WAIT_TIME_MS = 500;

export class BlueGreenConsumer {
  readonly #options: BlueGreenConsumerOptions;
  readonly #events: Events;
  readonly #watcher: SignpostWatcher;
  readonly #guide: ReadingGuide;
  readonly #stopping = new AbortController();
  #member: Member | null = null;
  #reading: Reading = { subscriptions: [], run: null, paused: [] };
  #turn: Promise<unknown> = Promise.resolve();
  #journey: Journey | null = null;
  #settlesSoon = false;

  constructor(options: BlueGreenConsumerOptions) {
    this.#options = options;
    this.#events = new Events(options, { groupId: options.groupId });
    this.#watcher = new SignpostWatcher(options, this.#events);
    this.#guide = new ReadingGuide(options, options.groupId);
  }

  /** Returns what takes the handler away again. */
  on<E extends BlueGreenEvent>(event: E, handler: (what: BlueGreenEvents[E]) => void): () => void {
    return this.#events.on(event, handler);
  }

  /** Finds the cluster to read from; rejects with NoPlaceToStart after the connect time-out. */
  async connect(): Promise<void> {
    const deadline = Date.now() + (this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
    await this.#watcher.start();
    for (;;) {
      const reason = await this.#inTurn(() => this.#settle());
      if (this.#member !== null) break;
      if (this.#stopping.signal.aborted || Date.now() > deadline) {
        await this.disconnect();
        throw new NoPlaceToStart(
          `Group ${this.#options.groupId} found no cluster to read within the connect time-out: ${reason}.`,
        );
      }
      await waitMs(RETRY_PAUSE_MS, this.#stopping.signal);
    }
    this.#watcher.subscribe(() => this.#settleSoon());
  }

  async subscribe(subscription: Subscription): Promise<void> {
    await this.#inTurn(async () => {
      await this.#member?.consumer.subscribe(subscription);
      this.#reading = { ...this.#reading, subscriptions: [...this.#reading.subscriptions, subscription] };
    });
  }

  /** Handlers run on one cluster at a time. Offsets they see and commit are that cluster's. */
  async run(config: ConsumerRunConfig = {}): Promise<void> {
    await this.#inTurn(async () => {
      await this.#member?.run(config);
      this.#reading = { ...this.#reading, run: config };
    });
  }

  /** Lets the running handler finish, commits, and leaves the group. The place to read is still followed; `run` begins again. */
  async stop(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#member?.consumer.stop();
      this.#reading = { ...this.#reading, run: null };
    });
  }

  /** For good: make a new consumer to begin again. */
  async disconnect(): Promise<void> {
    this.#stopping.abort();
    this.#watcher.stop();
    await this.#inTurn(async () => {
      const member = this.#member;
      this.#member = null;
      await member?.end();
      await this.#guide.close();
    });
  }

  pause(topics: TopicPartitions[]): void {
    this.#joined().consumer.pause(topics);
  }

  resume(topics: TopicPartitions[]): void {
    this.#joined().consumer.resume(topics);
  }

  paused(): TopicPartitions[] {
    return this.#joined().consumer.paused();
  }

  /** On the cluster that is read now; an offset means nothing on the other one. */
  seek(position: TopicPartitionOffset): void {
    this.#joined().consumer.seek(position);
  }

  /** On the cluster that is read now. */
  async commitOffsets(offsets: TopicPartitionOffsetAndMetadata[]): Promise<void> {
    await this.#joined().consumer.commitOffsets(offsets);
  }

  #joined(): Member {
    if (this.#member !== null) return this.#member;
    throw new Error(
      `Group ${this.#options.groupId} is on no cluster at the moment: connect first, or wait for the switch to end.`,
    );
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #settleSoon(): void {
    if (this.#settlesSoon) return;
    this.#settlesSoon = true;
    void this.#inTurn(async () => {
      this.#settlesSoon = false;
      if (!this.#stopping.signal.aborted) await this.#settle();
    }).catch((error: unknown) =>
      this.#events.emit('alarm', { reason: `a switch ended in an error: ${String(error)}` }),
    );
  }

  /** Goes where the signpost and the ticket say; otherwise the reason why not. */
  async #settle(): Promise<string> {
    const standing = this.#watcher.standing;
    if (standing === null) return 'no signpost was read yet';
    const decision = await this.#guide.decide(standing, this.#member?.clusterId ?? null);
    if (decision.kind === 'go') return this.#go(decision.to);
    if (decision.kind === 'stay') this.#events.emit('stayed', { reason: decision.reason });
    else if (standing.kind === 'signpost') {
      this.#events.placed(this.#member?.clusterId ?? null, standing.signpost.epoch);
      this.#events.settled();
    }
    return decision.kind === 'stay' ? decision.reason : '';
  }

  async #go(to: Destination): Promise<string> {
    const jitterMs = Math.random() * (this.#options.switchJitterMs ?? DEFAULT_SWITCH_JITTER_MS);
    if (this.#member !== null) await waitMs(jitterMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return 'disconnect was called';
    if (to.epoch !== this.#epoch()) return 'the signpost changed meanwhile';
    const journey = await this.#leaveFor(to);
    return oneAtATime(async () => {
      try {
        this.#member = await Member.begin(this.#memberOptions(to), this.#reading);
      } catch (error) {
        const reason = `cluster ${to.clusterId} did not take this member: ${error instanceof Error ? error.message : String(error)}`;
        this.#events.emit('stayed', { reason });
        return reason;
      }
      this.#events.placed(to.clusterId, to.epoch);
      this.#journey = null;
      if (journey !== null) this.#arrived(journey, to);
      return '';
    });
  }

  #epoch(): bigint | null {
    const standing = this.#watcher.standing;
    return standing?.kind === 'signpost' ? standing.signpost.epoch : null;
  }

  /** Leaves the group on the cluster that is read now; null when none was read before. */
  async #leaveFor(to: Destination): Promise<Journey | null> {
    const member = this.#member;
    if (member === null) return this.#journey;
    const { clusterId: from } = member;
    this.#journey = { from, beganMs: performance.now() };
    this.#events.emit('switching', { from, to: to.clusterId, epoch: String(to.epoch) });
    if (this.#reading.run !== null) this.#reading = { ...this.#reading, paused: member.consumer.paused() };
    await member.end();
    this.#member = null;
    this.#events.placed(null, to.epoch);
    return this.#journey;
  }

  #arrived({ from, beganMs }: Journey, to: Destination): void {
    const durationMs = Math.round(performance.now() - beganMs);
    const { clusterId, epoch } = to;
    this.#events.emit('switched', {
      from,
      to: clusterId,
      epoch: String(epoch),
      durationMs,
      carriedOver: 0,
      resolved: 0,
    });
  }

  #memberOptions({ clusterId, addresses }: Destination) {
    const { groupId, consumer } = this.#options;
    return {
      Kafka: this.#options.Kafka ?? Kafka,
      kafka: kafkaConfig(this.#options, addresses),
      consumer: { allowAutoTopicCreation: false, maxWaitTimeInMs: MAX_WAIT_TIME_MS, ...consumer, groupId },
      clusterId,
      onCrash: (error: Error) =>
        this.#events.emit('alarm', {
          reason: `the consumer crashed and does not begin again by itself: ${error.message}`,
        }),
    };
  }
}
