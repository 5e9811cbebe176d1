/**
 * One producer with its load between two real clusters whose connections, names and signpost can be disturbed, and the auditor's
 * verdict on it. Every scene has a topic and a record of its own; the clusters are shared.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { KafkaCluster } from '../../../local/cluster.ts';
import type { BlueGreenEvents } from '../../../switching/src/events.ts';
import { BlueGreenProducer, type BlueGreenProducerOptions } from '../../../switching/src/producer.ts';
import { type Signpost, signpostName } from '../../../switching/src/signpost.ts';
import type { FrontedCluster } from '../../support/fronted-cluster.ts';
import { createTopic, type LoggedRecord, limitRecords, signpostOf, withAdmin } from '../cluster-work.ts';
import type { DnsAnswer, DnsServer } from '../dns-server.ts';
import { eventually } from '../eventually.ts';
import { heldBy, judge, mostMoves, type Verdict } from '../judge.ts';
import { KeyedLoad, type LoadOptions } from '../keyed-load.ts';
import { apart, inOrderOfService, type Left, type Side } from './service-order.ts';

export interface World {
  readonly blue: FrontedCluster;
  readonly green: FrontedCluster;
  readonly dns: DnsServer;
}

export interface Told {
  readonly event: 'switching' | 'switched' | 'held' | 'stayed' | 'alarm';
  readonly text: string;
  /** Of `switched`, in records. */
  readonly departure: Pick<BlueGreenEvents['switched'], 'resolved' | 'possiblyDoubled'>;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly logs: Readonly<Record<Side, readonly LoggedRecord[]>>;
  /** The most often that a key's records went over from one cluster to the other. */
  readonly moves: number;
}

const PARTITIONS = 20;
const KEYS = 50;
const RUN = '0123456789ab';
const WITHIN_MS = 60_000;
const SETTLED_BY = 30_000;
const REQUEST_TIMEOUT_MS = 2_000;

let scenes = 0;

export class Scene {
  readonly world: World;
  readonly topic: string;
  readonly record: string;
  /** What every producer of the scene told, in order. */
  readonly told: Told[] = [];
  readonly #producers: BlueGreenProducer[] = [];
  readonly #loads: KeyedLoad[] = [];
  readonly #left: Left[] = [];
  #epoch = 1n;
  #flips = 0;

  private constructor(world: World, topic: string, record: string) {
    this.world = world;
    this.topic = topic;
    this.record = record;
  }

  /** The topic on both clusters, and a signpost that a deployment has put up on blue. */
  static async open(world: World, record?: string): Promise<Scene> {
    scenes += 1;
    const scene = new Scene(world, `scene-${scenes}`, record ?? `kafka.scene-${scenes}.example.com`);
    await Promise.all([world.blue, world.green].map(({ brokers }) => createTopic(brokers, scene.topic, PARTITIONS)));
    if (record === undefined) scene.say([scene.signpost('blue')]);
    return scene;
  }

  options(instance = 'one'): BlueGreenProducerOptions {
    return {
      clientId: `orders-${instance}`,
      record: this.record,
      resolver: { servers: [this.world.dns.server] },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      signpostPollMs: 100,
      switchJitterMs: 100,
      kafka: { requestTimeout: REQUEST_TIMEOUT_MS },
    };
  }

  async connect(options: Partial<BlueGreenProducerOptions> = {}, instance?: string): Promise<BlueGreenProducer> {
    const producer = new BlueGreenProducer({ ...this.options(instance), ...options });
    producer.on('switching', ({ to }) => this.#tell('switching', to));
    producer.on('switched', ({ to, ...departure }) => this.#tell('switched', to, departure));
    for (const event of ['held', 'stayed', 'alarm'] as const)
      producer.on(event, ({ reason }) => this.#tell(event, reason));
    await producer.connect();
    this.#producers.push(producer);
    return producer;
  }

  load(producer: BlueGreenProducer, { keys = KEYS, ...options }: LoadOptions & { readonly keys?: number } = {}) {
    const load = new KeyedLoad(producer, this.topic, keys, options);
    this.#loads.push(load);
    return load;
  }

  /** A producer that writes, and whose first records are stored. */
  async start(options: Partial<BlueGreenProducerOptions> = {}): Promise<BlueGreenProducer> {
    const producer = await this.connect(options);
    this.load(producer);
    await this.flows(1_000);
    return producer;
  }

  say(answer: DnsAnswer): void {
    this.world.dns.set(signpostName(this.record), answer);
  }

  /** Questions for the signpost that arrived since it was last changed. */
  get looks(): number {
    return this.world.dns.asked(signpostName(this.record));
  }

  /** A signpost of the next epoch, in a deployment, that names both clusters by the addresses clients come through. */
  signpost(write: Side | 'hold', said: Partial<Pick<Signpost, 'epoch'>> = {}): string {
    const to = write === 'hold' ? { kind: 'hold' as const } : { kind: 'cluster' as const, id: this.id(write) };
    return signpostOf([this.#known('blue'), this.#known('green')], said.epoch ?? this.nextEpoch(), {
      by: RUN,
      write: to,
    });
  }

  /** The next signpost when the deployment is over and the other cluster deleted. */
  steady(on: Side): string {
    return signpostOf([this.#known(on)], this.nextEpoch());
  }

  nextEpoch(): bigint {
    this.#epoch += 1n;
    return this.#epoch;
  }

  get epoch(): bigint {
    return this.#epoch;
  }

  #known(side: Side): KafkaCluster {
    const { brokers, proxy } = this.world[side];
    return { ...brokers, bootstrap: proxy.bootstrap };
  }

  id(side: Side): string {
    return this.world[side].brokers.clusterId;
  }

  /** The signpost names this cluster from now on. */
  flip(to: Side): void {
    this.#flips += 1;
    this.say([this.signpost(to)]);
  }

  async fence(side: Side, bytes: number | null = 1): Promise<void> {
    await limitRecords(this.world[side].brokers, this.topic, bytes);
  }

  /** Sums over all switches. */
  sum(what: keyof Told['departure']): number {
    return this.told.reduce((total, { departure }) => total + departure[what], 0);
  }

  count(event: Told['event']): number {
    return this.told.filter(one => one.event === event).length;
  }

  get acknowledged(): number {
    return this.#loads.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** Returns when so many more records were stored. */
  async flows(records = 500): Promise<void> {
    const goal = this.acknowledged + records;
    await eventually(`${records} more records are stored`, () => this.acknowledged >= goal, WITHIN_MS);
  }

  /** Returns when producers have told of so many switches in all, every batch of the cluster they left resolved. */
  async switched(count: number): Promise<void> {
    await eventually(`${count} switches are done`, () => this.count('switched') >= count, WITHIN_MS);
  }

  /** Returns when a fault has hit a request to a cluster. */
  async struck(side: Side, api: string): Promise<void> {
    const { proxy } = this.world[side];
    await eventually(`a request of ${api} is struck`, () => (proxy.hits.get(api) ?? 0) > 0, WITHIN_MS);
  }

  /** Between two switches, once nothing is outstanding on the cluster that was left: what is written there later comes later. */
  async left(side: Side): Promise<void> {
    const ends = await withAdmin(this.world[side].brokers, admin => admin.fetchTopicOffsets(this.topic));
    this.#left.push({ side, ends: new Map(ends.map(({ partition, high }) => [partition, BigInt(high)])) });
  }

  /** Ends load and producers; both logs are read and judged. With `eachApart` each log is held to its own order alone. */
  async verdict({ eachApart = false } = {}): Promise<Judged> {
    const ending = Promise.all(this.#loads.map(load => load.stop()));
    await eventually('every record is stored or refused', () => this.#open === 0, WITHIN_MS);
    await ending;
    await Promise.all(this.#producers.map(producer => producer.disconnect()));
    const [blue, green] = await Promise.all([this.held('blue'), this.held('green')]);
    const logs = { blue, green };
    const acknowledged = this.#loads.flatMap(load => [...load.acknowledged]);
    const served = eachApart ? apart(logs) : inOrderOfService(this.#left, logs);
    return { verdict: judge(acknowledged, served, this.sent), logs, moves: mostMoves([blue, green]) };
  }

  /** Nothing lost, doubled, reordered, refused or stored unasked; both clusters held enough to say so. */
  async assertClean(o: { readonly eachApart?: boolean } = {}): Promise<Verdict> {
    const { verdict, logs, moves } = await this.verdict(o);
    const [onBlue, onGreen] = [logs.blue.length, logs.green.length];
    const { lost, doubled, reordered, foreign, acknowledged, inLogs } = verdict;
    assert.deepEqual(
      { lost, doubled, reordered, foreign, unacknowledged: inLogs.unacknowledged, failures: this.failures },
      { lost: 0, doubled: 0, reordered: 0, foreign: 0, unacknowledged: 0, failures: [] },
    );
    assert.equal(acknowledged, this.sent);
    assert.ok(onBlue >= 100 && onGreen >= 100, `${onBlue} records on blue, ${onGreen} on green`);
    assert.ok(moves <= this.#flips, `a key went over ${moves} times in ${this.#flips} flips`);
    return verdict;
  }

  get #open(): number {
    return this.sent - this.acknowledged - this.failures.length;
  }

  get sent(): number {
    return this.#loads.reduce((sum, load) => sum + load.sent, 0);
  }

  get failures() {
    return this.#loads.flatMap(load => load.failures);
  }

  held(side: Side): Promise<LoggedRecord[]> {
    return heldBy(this.world[side].brokers, this.topic);
  }

  /** Whatever became of the test: nothing of it goes on, and the next scene finds both clusters undisturbed. */
  async close(): Promise<void> {
    for (const { proxy } of [this.world.blue, this.world.green]) {
      proxy.inject([]);
      await proxy.refuse();
      await proxy.accept();
    }
    const ended = Promise.all([...this.#producers.map(p => p.disconnect()), ...this.#loads.map(load => load.stop())]);
    await Promise.race([ended, once(AbortSignal.timeout(SETTLED_BY), 'abort')]);
  }

  #tell(event: Told['event'], text: string, departure: Told['departure'] = { resolved: 0, possiblyDoubled: 0 }): void {
    this.told.push({ event, text, departure });
  }
}
