/**
 * One cluster as one producer sees it: its brokers, its leaders, and a producer id that was never used anywhere else. It
 * never speaks to a broker of another cluster: every metadata answer must carry the expected cluster id, or it is not believed.
 */
import type { Batch } from './accumulator.ts';
import { topicError } from './errors.ts';
import { hostAndPort } from './host-and-port.ts';
import { NotSent } from './not-sent.ts';
import { newClient } from './one-at-a-time.ts';
import type { StoredBatch } from './produce-request.ts';
import type { WireRecord } from './record-batch.ts';
import type { ClusterId } from './signpost.ts';
import { pauseMs, unlessAborted, waitMs } from './timing.ts';
import { fetchFate, type LoggedFate } from './transaction-requests.ts';
import {
  type ProducerIdentity,
  type ProducerSight,
  WireBroker,
  type WireConfig,
  type WireMetadata,
  type WirePartition,
} from './wire.ts';
import type { WireCall } from './wire-call.ts';

const OPEN_ATTEMPTS = 6;
const METADATA_MAX_AGE_MS = 300_000;
/** Between two attempts to learn of a topic behind the back of who only wants its partitions. */
const REFRESH_PAUSE_MS = 5_000;

export interface LaneOptions {
  readonly config: WireConfig;
  /** `host:port` of addresses that lead to this cluster and to no other. */
  readonly seeds: readonly string[];
  readonly clusterId: ClusterId;
  /** What it sends belongs to transactions; it has no producer id before `identify`. */
  readonly transactionalId?: string;
}

interface KnownTopic {
  readonly partitions: readonly WirePartition[];
  /** Its leaders may be others by now; its partitions are believed until others are told. */
  stale: boolean;
  /** In milliseconds since 1970. */
  refreshAtMs: number;
}

let lanes = 0;

export class Lane {
  /** Unique in this process. */
  readonly number: number;
  readonly clusterId: ClusterId;
  readonly #config: WireConfig;
  #seeds: readonly string[];
  readonly #transactionalId: string | null;
  readonly #brokers = new Map<number, { readonly broker: WireBroker; readonly address: string }>();
  /** Seeds that are asked now. */
  readonly #asked = new Set<WireBroker>();
  readonly #topics = new Map<string, KnownTopic>();
  readonly #refreshing = new Map<string, Promise<KnownTopic>>();
  #identity: ProducerIdentity = { producerId: '-1', producerEpoch: 0 };
  #closed = false;

  private constructor({ config, seeds, clusterId, transactionalId }: LaneOptions) {
    lanes += 1;
    this.number = lanes;
    this.clusterId = clusterId;
    this.#config = config;
    this.#seeds = seeds;
    this.#transactionalId = transactionalId ?? null;
  }

  /**
   * Connects and asks for a producer id; fails when no seed answers with the expected cluster id, and with the signal's reason as
   * soon as it is aborted.
   */
  static async open(options: LaneOptions, signal: AbortSignal): Promise<Lane> {
    const lane = new Lane(options);
    try {
      await unlessAborted(lane.#begin(options.transactionalId === undefined, signal), signal);
      return lane;
    } catch (error) {
      await lane.close();
      throw error;
    }
  }

  /** `host:port` */
  get seeds(): readonly string[] {
    return this.#seeds;
  }

  /** Where this cluster is found from now on when no broker answers that it told of. */
  reseed(seeds: readonly string[]): void {
    this.#seeds = seeds;
  }

  /** Whose batches it sends from now on. */
  identify(identity: ProducerIdentity): void {
    this.#identity = identity;
  }

  /** Asks some broker, after it was made sure that the cluster is the expected one. */
  async ask<Answer>(call: WireCall<Answer>): Promise<Answer> {
    await this.#metadata([]);
    return this.#anyBroker().ask(call);
  }

  /** A broker by its id, connected. */
  async broker(nodeId: number): Promise<WireBroker> {
    const found = this.#brokers.get(nodeId);
    if (found === undefined) throw new Error(`Cluster ${this.clusterId} has told of no broker ${nodeId}.`);
    await found.broker.connect();
    return found.broker;
  }

  /** Another client of the same cluster, with a producer id of its own. */
  async another(signal: AbortSignal): Promise<Lane> {
    await newClient(signal);
    return Lane.open({ config: this.#config, seeds: this.#seeds, clusterId: this.clusterId }, signal);
  }

  /** Every partition of a topic; refuses with kafkajs's error type when the cluster does not know it. */
  async partitions(topic: string): Promise<readonly WirePartition[]> {
    return this.knownPartitions(topic) ?? (await this.#refresh(topic)).partitions;
  }

  /**
   * What is known of a topic without asking, or undefined. It outlives its leaders: nobody who only has to choose a partition waits
   * for one that is being elected.
   */
  knownPartitions(topic: string): readonly WirePartition[] | undefined {
    const known = this.#topics.get(topic);
    if (known !== undefined && Date.now() >= known.refreshAtMs) {
      known.refreshAtMs = Date.now() + REFRESH_PAUSE_MS;
      this.#refresh(topic).catch(() => undefined);
    }
    return known?.partitions;
  }

  /** How many partitions each topic has, or why the cluster does not tell; asked with one request. */
  async count(topics: readonly string[]): Promise<ReadonlyMap<string, number | Error>> {
    if (topics.length === 0) return new Map();
    const { topicMetadata } = await this.#metadata(topics);
    const counts = new Map<string, number | Error>();
    for (const topic of topics) {
      const found = topicMetadata.find(one => one.topic === topic);
      const told = found?.topicErrorCode === 0 ? found.partitionMetadata.length : null;
      counts.set(topic, told ?? topicError(found?.topicErrorCode ?? -1, topic));
    }
    return counts;
  }

  /** Makes the next batch ask for the topic's leaders again. */
  forgetLeaders(topic: string): void {
    const known = this.#topics.get(topic);
    if (known !== undefined) known.stale = true;
  }

  /**
   * NotSent when it did not leave; whatever else fails may have been stored, unless its type says otherwise. `mayLeave` is asked
   * when the leader is connected, right before the request leaves.
   */
  async produce(batch: Batch<WireRecord>, mayLeave: () => boolean): Promise<StoredBatch> {
    const { topic, partition, firstSequence, entries, bytes } = batch;
    let leader: WireBroker;
    try {
      leader = await this.#leader(topic, partition);
    } catch (error) {
      throw new NotSent(error);
    }
    const identified = { ...this.#identity, topic, partition, firstSequence };
    const records = entries.map(({ payload }) => payload);
    const compression = entries[0]?.compression ?? 0;
    const transactional = this.#transactionalId !== null;
    return leader.produce({ ...identified, compression, transactional, bytes, records }, mayLeave);
  }

  /** What the partition's leader holds of this lane's producer. */
  async sightOf(topic: string, partition: number): Promise<ProducerSight> {
    return (await this.#leader(topic, partition)).sightOf(topic, partition, this.#identity);
  }

  /** Whether any broker of the cluster answers. */
  async answers(): Promise<boolean> {
    return this.#metadata([]).then(
      () => true,
      () => false,
    );
  }

  /** Whether this producer's transaction that holds the record at this offset was committed, as the log says. */
  async fateOf(topic: string, partition: number, offset: string): Promise<LoggedFate> {
    const { producerId } = this.#identity;
    return (await this.#leader(topic, partition)).ask(fetchFate(topic, partition, offset, producerId));
  }

  async maxMessageBytes(topic: string, partition: number): Promise<number> {
    return (await this.#leader(topic, partition)).maxMessageBytes(topic);
  }

  /** Whether the leader takes more than transaction markers. */
  async takesLittle(topic: string, partition: number): Promise<boolean> {
    return (await this.#leader(topic, partition)).takesLittle(topic, partition);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const brokers = [...this.#asked, ...[...this.#brokers.values()].map(({ broker }) => broker)];
    await Promise.all(brokers.map(broker => broker.close()));
    this.#brokers.clear();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error(`The client of cluster ${this.clusterId} is closed.`);
  }

  async #begin(withIdentity: boolean, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#metadata([]);
        if (withIdentity) this.#identity = await this.#anyBroker().initProducerId();
        return;
      } catch (error) {
        if (attempt === OPEN_ATTEMPTS || this.#closed) throw error;
        await waitMs(pauseMs(attempt), signal);
      }
    }
  }

  async #leader(topic: string, partition: number): Promise<WireBroker> {
    const known = this.#topics.get(topic);
    const { partitions } = known === undefined || known.stale ? await this.#refresh(topic) : known;
    const leader = partitions.find(({ partitionId }) => partitionId === partition)?.leader;
    if (leader === undefined) throw new Error(`Cluster ${this.clusterId} has no partition ${partition} of ${topic}.`);
    const found = this.#brokers.get(leader);
    if (found === undefined) throw new Error(`Partition ${partition} of ${topic} has no leader at the moment.`);
    await found.broker.connect();
    return found.broker;
  }

  #anyBroker(): WireBroker {
    const [first] = this.#inTurn();
    if (first === undefined) throw new Error(`Cluster ${this.clusterId} told of no broker.`);
    return first;
  }

  /** Those that are connected first: a dead one is only found out by waiting for it. */
  #inTurn(): readonly WireBroker[] {
    const brokers = [...this.#brokers.values()].map(({ broker }) => ({ broker, lot: Math.random() }));
    const place = ({ broker, lot }: { broker: WireBroker; lot: number }) => (broker.isConnected ? lot : lot + 1);
    return brokers.toSorted((a, b) => place(a) - place(b)).map(({ broker }) => broker);
  }

  #refresh(topic: string): Promise<KnownTopic> {
    const running = this.#refreshing.get(topic);
    if (running !== undefined) return running;
    const refresh = this.#askFor(topic).finally(() => this.#refreshing.delete(topic));
    this.#refreshing.set(topic, refresh);
    return refresh;
  }

  async #askFor(topic: string): Promise<KnownTopic> {
    const { topicMetadata } = await this.#metadata([topic]);
    const [found] = topicMetadata;
    if (found === undefined || found.topicErrorCode !== 0) throw topicError(found?.topicErrorCode ?? -1, topic);
    const partitions = found.partitionMetadata.toSorted((a, b) => a.partitionId - b.partitionId);
    const known = { partitions, stale: false, refreshAtMs: Date.now() + METADATA_MAX_AGE_MS };
    this.#topics.set(topic, known);
    return known;
  }

  /** From a broker that is known, else from a seed; the brokers it tells of are known from then on. */
  async #metadata(topics: readonly string[]): Promise<WireMetadata> {
    const failures: unknown[] = [];
    for (const broker of this.#inTurn()) {
      try {
        return await this.#believe(await broker.metadata(topics));
      } catch (error) {
        failures.push(error);
      }
    }
    for (const seed of this.#seeds) {
      this.#refuseClosed();
      const broker = await WireBroker.at(hostAndPort(seed), this.#config);
      this.#asked.add(broker);
      try {
        return await this.#believe(await broker.metadata(topics));
      } catch (error) {
        failures.push(error);
      } finally {
        this.#asked.delete(broker);
        await broker.close();
      }
    }
    throw new Error(
      `Cluster ${this.clusterId} does not answer at ${this.#seeds.join(', ')}: ${failures.map(String).at(-1) ?? ''}`,
      { cause: failures.at(-1) },
    );
  }

  async #believe(metadata: WireMetadata): Promise<WireMetadata> {
    this.#refuseClosed();
    if (metadata.clusterId !== this.clusterId) {
      throw new Error(`Cluster ${metadata.clusterId} answered where ${this.clusterId} was expected; it is not used.`);
    }
    const told = new Map(metadata.brokers.map(one => [one.nodeId, `${one.host}:${one.port}`]));
    for (const [id, known] of this.#brokers) {
      if (told.get(id) === known.address) continue;
      this.#brokers.delete(id);
      await known.broker.close();
    }
    for (const { nodeId, host, port } of metadata.brokers) {
      if (this.#brokers.has(nodeId)) continue;
      const broker = await WireBroker.at({ host, port }, this.#config, this.#transactionalId);
      if (!this.#brokers.has(nodeId)) this.#brokers.set(nodeId, { broker, address: `${host}:${port}` });
    }
    return metadata;
  }
}
