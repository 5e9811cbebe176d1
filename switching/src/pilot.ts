/**
 * Decides which cluster a producer writes to. It moves only to a cluster that answered, at the address the signpost gives, with
 * the id the signpost names, and that has every partition written to so far; else it stays where it is and says so.
 */
import { type IdentifiedCluster, identifyCluster } from './cluster-check.ts';
import { asError, UnknownTopic } from './errors.ts';
import type { Events } from './events.ts';
import { mayBeGone } from './gone.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { newClient, oneAtATime, type Turns } from './one-at-a-time.ts';
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

/** What the pilot needs of the world outside of this process, and its clock. */
export interface Outside {
  /** Which cluster answers at an address. */
  readonly identify: (address: string, options: BlueGreenOptions, signal: AbortSignal) => Promise<IdentifiedCluster>;
  readonly open: (place: LaneOptions, signal: AbortSignal) => Promise<SendingLane>;
  readonly turns: Pick<Turns, 'oneAtATime' | 'newClient'>;
  /** Ends early, without error, when the signal is aborted. */
  readonly wait: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

const OUTSIDE: Outside = {
  identify: identifyCluster,
  open: (place, signal) => Lane.open(place, signal),
  turns: { oneAtATime, newClient },
  wait: waitMs,
};

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
  /** On the way to another cluster, from the jitter on; that cluster may never answer. */
  #heading: { readonly epoch: bigint; readonly abandon: () => void } | null = null;
  #place: LaneOptions | null = null;
  readonly #awaitingPlace = new Set<() => void>();
  readonly #left: () => Promise<number>;
  readonly #outside: Outside;

  /** `left` is told of every move, and resolves when no transaction is open on a cluster that was left: how many were never told. */
  constructor(
    options: PilotOptions,
    events: Events,
    sender: Sender,
    left: () => Promise<number> = () => Promise.resolve(0),
    outside: Outside = OUTSIDE,
  ) {
    this.#outside = outside;
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
      this.#holdAtOnce(standing);
      if (this.#heading !== null && this.#isSuperseded(this.#heading.epoch)) this.#heading.abandon();
      void this.#follow();
    });
    for (;;) {
      const goal = await this.#follow();
      if (goal.kind === 'reached') return;
      if (this.#stopping.signal.aborted || Date.now() > deadline) throw new NoPlaceToStart(goal.reason);
      await this.#outside.wait(START_RETRY_MS, this.#stopping.signal);
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
    this.#moved.abort();
    this.#heading?.abandon();
    this.#watcher.stop();
    await this.#following;
  }

  /** Not in its turn: a move that is under way may take long, and nothing is to be written meanwhile. */
  #holdAtOnce(standing: Standing): void {
    if (standing.kind !== 'signpost' || standing.signpost.write.kind !== 'hold') return;
    this.#sender.hold(standing.signpost.epoch.toString());
  }

  /** One look for all batches that wait, about once a second; ends at once when the producer moves. */
  async #awaitNews(): Promise<void> {
    const { signal } = this.#moved;
    await this.#watcher.look();
    await this.#following;
    if (!this.#stopping.signal.aborted) await this.#outside.wait(jitteredMs(FENCE_LOOK_MS), signal);
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
    // Also while a producer id is renewed: the record may lead to another cluster by now.
    if (standing.kind === 'absent') return this.#place === null ? this.#joinRecord() : REACHED;
    const { signpost } = standing;
    const { write } = signpost;
    if (write.kind === 'hold') {
      this.#holdAtOnce(standing);
      this.#events.emit('held', { reason: `the signpost of epoch ${signpost.epoch} asks writers to hold` });
      return REACHED;
    }
    if (this.#place?.clusterId !== write.id) return this.#moveTo(write.id, signpost);
    const address = signpost.addresses.get(write.id);
    if (address !== undefined) this.#foundAt(write.id, address);
    this.#sender.resume();
    this.#events.placed(write.id, signpost.epoch);
    this.#events.settled();
    return REACHED;
  }

  /** The cluster that is written to may have another address than the one it was found at. */
  #foundAt(clusterId: ClusterId, address: string): void {
    this.#sender.lane?.reseed([address]);
    this.#place = this.#placeOf(clusterId, [address]);
  }

  async #joinRecord(): Promise<Goal> {
    const { signal } = this.#stopping;
    await this.#outside.turns.newClient(signal);
    if (signal.aborted) return missed('disconnect was called');
    const { clusterId, brokers } = await this.#outside.identify(recordAddress(this.#options), this.#options, signal);
    // Advertised addresses only: the record may lead to another cluster by the time of a reconnect.
    const place = this.#placeOf(clusterId, brokers);
    await this.#sender.use(await this.#outside.open(place, signal));
    this.#place = place;
    this.#events.placed(clusterId, null);
    return REACHED;
  }

  /** A newer signpost, and `stop`, end it wherever it is. */
  async #moveTo(to: ClusterId, signpost: Signpost): Promise<Goal> {
    const from = this.#place?.clusterId ?? null;
    const abandoned = new AbortController();
    const { signal } = abandoned;
    this.#heading = { epoch: signpost.epoch, abandon: () => abandoned.abort() };
    try {
      if (this.#stopping.signal.aborted) return missed('disconnect was called');
      if (from !== null) await this.#outside.wait(Math.random() * this.#jitterMs, signal);
      signal.throwIfAborted();
      const move = () => this.#switch(from, to, signpost, signal);
      return await this.#outside.turns.oneAtATime(this.#options.record, move, signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return missed('disconnect was called');
      if (signal.aborted) return REACHED;
      throw error;
    } finally {
      this.#heading = null;
    }
  }

  async #switch(from: ClusterId | null, to: ClusterId, signpost: Signpost, signal: AbortSignal): Promise<Goal> {
    const reached = await this.#reach(to, signpost, signal);
    if ('kind' in reached) return reached;
    this.#takeUp(reached.lane, reached.place, from, signpost.epoch);
    return REACHED;
  }

  /** A client of the cluster, which answers where the signpost says so, and has every partition that was written to. */
  async #reach(
    to: ClusterId,
    { epoch, addresses }: Signpost,
    signal: AbortSignal,
  ): Promise<{ readonly lane: SendingLane; readonly place: LaneOptions } | Goal> {
    const address = addresses.get(to);
    if (address === undefined) return missed(`the signpost of epoch ${epoch} gives no address of cluster ${to}`);
    const seen = await this.#outside.identify(address, this.#options, signal);
    if (seen.clusterId !== to) {
      const reason = `at ${address} cluster ${seen.clusterId} answers, where the signpost of epoch ${epoch} says ${to}`;
      return missed(reason, 'alarm');
    }
    const place = this.#placeOf(to, [address]);
    const lane = await this.#outside.open(place, signal);
    try {
      const missing = await unlessAborted(this.#missingOn(lane), signal);
      signal.throwIfAborted();
      if (missing === null) return { lane, place };
      await lane.close();
      return missed(missing, 'alarm');
    } catch (error) {
      await lane.close();
      throw error;
    }
  }

  /** From now on what is sent goes to this client. */
  #takeUp(lane: SendingLane, place: LaneOptions, from: ClusterId | null, epoch: bigint): void {
    const to = lane.clusterId;
    const startedMs = performance.now();
    if (from !== null) this.#events.emit('switching', { from, to, epoch: epoch.toString() });
    const departing = this.#sender.use(lane);
    this.#place = place;
    const left = this.#left();
    this.#sender.resume();
    this.#events.placed(to, epoch);
    this.#moved.abort();
    this.#moved = new AbortController();
    if (from === null) return;
    Promise.all([departing, left]).then(
      ([departure, transactionsUnknown]) => {
        const durationMs = Math.round(performance.now() - startedMs);
        const move = { from, to, epoch: epoch.toString(), durationMs };
        this.#events.emit('switched', { ...move, ...departure, transactionsUnknown });
      },
      (error: unknown) =>
        this.#events.emit('alarm', { reason: `cluster ${from} was left with an error: ${asError(error).message}` }),
    );
  }

  /** A hold or a way back that was seen meanwhile wins: it is followed next. */
  #isSuperseded(epoch: bigint): boolean {
    return this.#latest?.kind === 'signpost' && this.#latest.signpost.epoch > epoch;
  }

  /** Why the cluster cannot take what this producer writes, or null. What its own cluster does not have any more does not count. */
  async #missingOn(lane: SendingLane): Promise<string | null> {
    const written = this.#sender.topics();
    const counts = await lane.count([...written.keys()]);
    const lacking = [...written].filter(([topic, highest]) => {
      const count = counts.get(topic);
      return typeof count !== 'number' || count <= highest;
    });
    const here = await this.#sender.lane?.count(lacking.map(([topic]) => topic));
    for (const [topic, highest] of lacking) {
      if (here?.get(topic) instanceof UnknownTopic) continue;
      const told = counts.get(topic);
      return told instanceof Error
        ? `cluster ${lane.clusterId} cannot take records of ${topic}: ${told.message}`
        : `cluster ${lane.clusterId} has ${told ?? 0} partitions of ${topic}, without partition ${highest}`;
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
