/**
 * Decides which cluster a producer writes to. It moves only to a cluster that answered, at the address the signpost gives, with
 * the id the signpost names, and that has every partition written to so far; else it stays where it is and says so.
 */
import { identifyCluster } from './cluster-check.ts';
import { asError } from './errors.ts';
import type { Events } from './events.ts';
import { mayBeGone } from './gone.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { newClient, oneAtATime } from './one-at-a-time.ts';
import {
  type BlueGreenOptions,
  brokerClientId,
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_SWITCH_JITTER_MS,
  recordAddress,
} from './options.ts';
import type { RightMissing } from './right-missing.ts';
import type { Sender, SendingLane, Unknowable } from './sender.ts';
import type { ClusterId, Signpost } from './signpost.ts';
import { jitteredMs, unlessAborted, waitMs } from './timing.ts';
import { SignpostWatcher, type Standing } from './watcher.ts';

const FENCE_LOOK_MS = 1_000;
const START_RETRY_MS = 300;

type Goal =
  | { readonly kind: 'reached' }
  | { readonly kind: 'missed'; readonly reason: string; readonly told: 'stayed' | 'alarm' };

const REACHED: Goal = { kind: 'reached' };

export interface PilotOptions extends BlueGreenOptions {
  /** How long after a switch the old cluster is asked for the fate of a batch; for ever when absent. */
  readonly unansweredDeadlineMs?: number;
}

export class Pilot {
  readonly #options: PilotOptions;
  readonly #events: Events;
  readonly #sender: Sender;
  readonly #watcher: SignpostWatcher;
  readonly #stopping = new AbortController();
  readonly #jitterMs: number;
  #following: Promise<Goal> | null = null;
  #latest: Standing | null = null;
  #news: Promise<void> | null = null;
  #moved = new AbortController();
  /** A cluster that is being asked whether it can be gone to; it may never answer. */
  #heading: { readonly epoch: bigint; readonly abandon: () => void } | null = null;
  #place: LaneOptions | null = null;
  readonly #awaitingPlace = new Set<() => void>();
  readonly #left: () => Promise<number>;

  /** `left` is told of every move, and resolves when no transaction is open on a cluster that was left: how many were never told. */
  constructor(
    options: PilotOptions,
    events: Events,
    sender: Sender,
    left: () => Promise<number> = () => Promise.resolve(0),
  ) {
    this.#options = options;
    this.#events = events;
    this.#sender = sender;
    this.#left = left;
    this.#watcher = new SignpostWatcher(options, events);
    this.#jitterMs = options.switchJitterMs ?? DEFAULT_SWITCH_JITTER_MS;
  }

  /** Returns when the producer is on a cluster, or the signpost asks it to hold. */
  async start(): Promise<void> {
    const deadline = Date.now() + (this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
    this.#latest = await this.#watcher.start();
    this.#watcher.subscribe(standing => {
      this.#latest = standing;
      if (this.#heading !== null && this.#isSuperseded(this.#heading.epoch)) this.#heading.abandon();
      void this.#follow();
    });
    for (;;) {
      const goal = await this.#follow();
      if (goal.kind === 'reached') return;
      if (this.#stopping.signal.aborted || Date.now() > deadline) throw new NoPlaceToStart(goal.reason);
      await waitMs(START_RETRY_MS, this.#stopping.signal);
    }
  }

  /** A cluster refuses writes to a topic by the fence: has the signpost looked up, and returns when that was followed. */
  async fenced(clusterId: ClusterId, topic: string): Promise<void> {
    const reason = `topic ${topic} of cluster ${clusterId} is fenced: records wait until the signpost names another cluster`;
    this.#events.emit('held', { reason });
    this.#news ??= this.#awaitNews().finally(() => {
      this.#news = null;
    });
    await this.#news;
  }

  /** The cluster to write to; null while there is none, and while writers are to hold. */
  get place(): LaneOptions | null {
    return this.#sender.holding === null ? this.#place : null;
  }

  /** What the signpost said last. */
  get standing(): Standing | null {
    return this.#latest;
  }

  /** Resolves when a signpost was followed, or when the signal is aborted. */
  async followed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>(resolve => {
      const over = (): void => {
        this.#awaitingPlace.delete(over);
        signal.removeEventListener('abort', over);
        resolve();
      };
      this.#awaitingPlace.add(over);
      signal.addEventListener('abort', over);
    });
  }

  /** Whether a batch that the cluster of a lane does not answer now is to go on without its answer. */
  async isGone(lane: Pick<SendingLane, 'clusterId' | 'answers'>, leftForMs: number): Promise<boolean> {
    const { unansweredDeadlineMs: deadlineMs = null } = this.#options;
    const gone = mayBeGone(this.#latest, { clusterId: lane.clusterId, forMs: leftForMs, deadlineMs });
    return gone === 'if-silent' ? !(await lane.answers()) : gone === 'yes';
  }

  unknowable({ because, cluster, topic, partition, records }: Unknowable): void {
    const why = {
      gone: 'is gone and never answered whether it took them',
      forgotten: 'has forgotten what it took of this producer (producer.id.expiration.ms, or an unclean election)',
    };
    this.#events.emit('alarm', {
      reason: `${records} records of topic ${topic}, partition ${partition}, may be stored twice: cluster ${cluster} ${why[because]}`,
    });
  }

  rightMissing(cluster: ClusterId, missing: RightMissing): void {
    this.#events.emit('alarm', { reason: `cluster ${cluster}: ${missing.message}; until then what follows waits` });
  }

  transactionUnknown(transactionalId: string, cluster: ClusterId): void {
    this.#events.emit('alarm', {
      reason: `a transaction of ${transactionalId} on cluster ${cluster} was to be committed, and nobody can tell any more whether it was`,
    });
  }

  /** Looks no more, and moves no more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#watcher.stop();
    await this.#following;
  }

  /** One look for all batches that wait, about once a second; ends at once when the producer moves. */
  async #awaitNews(): Promise<void> {
    const ends = AbortSignal.any([this.#moved.signal, this.#stopping.signal]);
    await this.#watcher.look();
    await this.#following;
    await waitMs(jitteredMs(FENCE_LOOK_MS), ends);
  }

  #follow(): Promise<Goal> {
    this.#following ??= this.#followLatest().finally(() => {
      this.#following = null;
      for (const tell of this.#awaitingPlace) tell();
    });
    return this.#following;
  }

  async #followLatest(): Promise<Goal> {
    for (;;) {
      const standing = this.#latest;
      if (standing === null) return REACHED;
      const goal = await this.#obey(standing).catch((error: unknown) => missed(asError(error).message));
      if (goal.kind === 'missed') this.#events.emit(goal.told, { reason: goal.reason });
      if (standing === this.#latest || goal.kind === 'missed' || this.#stopping.signal.aborted) return goal;
    }
  }

  async #obey(standing: Standing): Promise<Goal> {
    if (standing.kind === 'absent') return this.#sender.lane === null ? this.#joinRecord() : REACHED;
    const { signpost } = standing;
    if (signpost.write.kind === 'hold') {
      this.#sender.hold(signpost.epoch.toString());
      this.#events.emit('held', { reason: `the signpost of epoch ${signpost.epoch} asks writers to hold` });
      return REACHED;
    }
    if (this.#sender.lane?.clusterId !== signpost.write.id) return this.#moveTo(signpost.write.id, signpost);
    this.#sender.resume();
    this.#events.placed(signpost.write.id, signpost.epoch);
    this.#events.settled();
    return REACHED;
  }

  async #joinRecord(): Promise<Goal> {
    await newClient(this.#stopping.signal);
    if (this.#stopping.signal.aborted) return missed('disconnect was called');
    const { signal } = this.#stopping;
    const { clusterId, brokers } = await identifyCluster(recordAddress(this.#options), this.#options, signal);
    // Advertised addresses only: the record may lead to another cluster by the time of a reconnect.
    await this.#sender.use(await Lane.open(this.#placeOf(clusterId, brokers), signal));
    this.#place = this.#placeOf(clusterId, brokers);
    this.#events.placed(clusterId, null);
    return REACHED;
  }

  async #moveTo(to: ClusterId, signpost: Signpost): Promise<Goal> {
    const from = this.#sender.lane?.clusterId ?? null;
    if (from !== null) await waitMs(Math.random() * this.#jitterMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return missed('disconnect was called');
    return oneAtATime(() => this.#switch(from, to, signpost), this.#stopping.signal);
  }

  async #switch(from: ClusterId | null, to: ClusterId, signpost: Signpost): Promise<Goal> {
    if (this.#stopping.signal.aborted) return missed('disconnect was called');
    if (this.#isSuperseded(signpost.epoch)) return REACHED;
    const superseded = new AbortController();
    this.#heading = { epoch: signpost.epoch, abandon: () => superseded.abort() };
    try {
      const reached = await this.#reach(to, signpost, AbortSignal.any([superseded.signal, this.#stopping.signal]));
      if (!(reached instanceof Lane)) return reached;
      this.#takeUp(reached, from, signpost.epoch);
      return REACHED;
    } catch (error) {
      if (superseded.signal.aborted) return REACHED;
      throw error;
    } finally {
      this.#heading = null;
    }
  }

  /** A client of the cluster, which answers where the signpost says so, and has every partition that was written to. */
  async #reach(to: ClusterId, { epoch, addresses }: Signpost, signal: AbortSignal): Promise<Lane | Goal> {
    const address = addresses.get(to);
    if (address === undefined) return missed(`the signpost of epoch ${epoch} gives no address of cluster ${to}`);
    const seen = await identifyCluster(address, this.#options, signal);
    if (seen.clusterId !== to) {
      const reason = `at ${address} cluster ${seen.clusterId} answers, where the signpost of epoch ${epoch} says ${to}`;
      return missed(reason, 'alarm');
    }
    const lane = await Lane.open(this.#placeOf(to, [address]), signal);
    try {
      const missing = await unlessAborted(this.#missingOn(lane), signal);
      if (missing === null) return lane;
      await lane.close();
      return missed(missing, 'alarm');
    } catch (error) {
      await lane.close();
      throw error;
    }
  }

  /** From now on what is sent goes to this client. */
  #takeUp(lane: Lane, from: ClusterId | null, epoch: bigint): void {
    const to = lane.clusterId;
    const startedMs = performance.now();
    if (from !== null) this.#events.emit('switching', { from, to, epoch: epoch.toString() });
    const departing = this.#sender.use(lane);
    this.#place = this.#placeOf(to, lane.seeds);
    const left = this.#left();
    this.#sender.resume();
    this.#events.placed(to, epoch);
    this.#moved.abort();
    this.#moved = new AbortController();
    if (from !== null) {
      void Promise.all([departing, left]).then(([departure, transactionsUnknown]) => {
        const durationMs = Math.round(performance.now() - startedMs);
        this.#events.emit('switched', {
          from,
          to,
          epoch: epoch.toString(),
          durationMs,
          ...departure,
          transactionsUnknown,
        });
      });
    }
  }

  /** A hold or a way back that was seen meanwhile wins: it is followed next. */
  #isSuperseded(epoch: bigint): boolean {
    return this.#latest?.kind === 'signpost' && this.#latest.signpost.epoch > epoch;
  }

  /** Why the cluster cannot take what this producer writes, or null. */
  async #missingOn(lane: Lane): Promise<string | null> {
    for (const [topic, highest] of this.#sender.topics()) {
      try {
        const count = (await lane.partitions(topic)).length;
        if (count <= highest)
          return `cluster ${lane.clusterId} has ${count} partitions of ${topic}, without partition ${highest}`;
      } catch (error) {
        return `cluster ${lane.clusterId} cannot take records of ${topic}: ${asError(error).message}`;
      }
    }
    return null;
  }

  #placeOf(clusterId: ClusterId, seeds: readonly string[]): LaneOptions {
    return { config: { ...this.#options.kafka, clientId: brokerClientId(this.#options) }, seeds, clusterId };
  }
}

function missed(reason: string, told: 'stayed' | 'alarm' = 'stayed'): Goal {
  return { kind: 'missed', reason, told };
}
