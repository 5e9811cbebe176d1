/**
 * Takes this consumer's member from cluster to cluster, as signpost and ticket say: it leaves the one group, asks anew where to
 * go (leaving takes as long as a handler), and only then joins the other. While it is on neither there is no member.
 */
import type { Events } from './events.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import type { Destination, ReadingGuide } from './reading-guide.ts';
import type { ClusterId } from './signpost.ts';
import type { SignpostWatcher } from './watcher.ts';

/** A member of the group, as much of it as is moved. */
export interface Movable {
  readonly clusterId: ClusterId;
  leave(): Promise<void>;
  end(): Promise<void>;
}

export interface ReadingPilotOptions<M extends Movable> {
  readonly groupId: string;
  readonly events: Pick<Events, 'emit' | 'placed' | 'settled'>;
  readonly watcher: Pick<SignpostWatcher, 'standing' | 'start' | 'subscribe' | 'stop'>;
  readonly guide: Pick<ReadingGuide, 'decide' | 'close'>;
  /** Joins; nothing is left of a member that could not. */
  readonly begin: (to: Destination) => Promise<M>;
  /** Returns when one client more may begin in this process. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /** Ends early, without error, when the signal is aborted. */
  readonly wait: (durationMs: number, signal: AbortSignal) => Promise<void>;
  readonly connectTimeoutMs: number;
  readonly switchJitterMs: number;
}

/** Between two clusters. */
interface Journey {
  readonly from: ClusterId;
  readonly beganMs: number;
}

const RETRY_PAUSE_MS = 250;
const CHANGED_MEANWHILE = 'the signpost changed meanwhile';

export class ReadingPilot<M extends Movable> {
  readonly #options: ReadingPilotOptions<M>;
  readonly #stopping = new AbortController();
  #member: M | null = null;
  #journey: Journey | null = null;
  #settling: Promise<unknown> = Promise.resolve();
  #settlesSoon = false;
  #moves = 0;
  #lastMove: Promise<unknown> = Promise.resolve();

  constructor(options: ReadingPilotOptions<M>) {
    this.#options = options;
  }

  /** Null before the first cluster was joined, and between two of them. */
  get member(): M | null {
    return this.#member;
  }

  /** Finds the cluster to read from and joins; rejects with NoPlaceToStart after the connect time-out. */
  async start(): Promise<void> {
    const { watcher, groupId, connectTimeoutMs } = this.#options;
    const deadline = Date.now() + connectTimeoutMs;
    await watcher.start();
    for (;;) {
      const settled = this.#settle();
      this.#settling = settled.catch(() => undefined);
      const reason = await settled;
      if (this.#member !== null) break;
      if (this.#stopping.signal.aborted || Date.now() > deadline)
        throw new NoPlaceToStart(`Group ${groupId} found no cluster to read within the connect time-out: ${reason}.`);
      await this.#options.wait(RETRY_PAUSE_MS, this.#stopping.signal);
    }
    watcher.subscribe(() => this.#settleSoon());
  }

  /** Ends the member and follows no more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#options.watcher.stop();
    await this.#settling;
    await this.whenStill(async member => {
      this.#member = null;
      try {
        await member?.end();
      } finally {
        await this.#options.guide.close();
      }
    });
  }

  /** At once, unless the member is leaving or joining: then afterwards. Nothing moves until `act` has ended. */
  whenStill<T>(act: (member: M | null) => Promise<T>): Promise<T> {
    const mine = this.#moves === 0 ? act(this.#member) : this.#lastMove.then(() => act(this.#member));
    this.#moves += 1;
    this.#lastMove = mine.then(
      () => void (this.#moves -= 1),
      () => void (this.#moves -= 1),
    );
    return mine;
  }

  #settleSoon(): void {
    if (this.#settlesSoon) return;
    this.#settlesSoon = true;
    this.#settling = this.#settling
      .then(() => {
        this.#settlesSoon = false;
        return this.#settle();
      })
      .catch((error: unknown) =>
        this.#options.events.emit('alarm', { reason: `a switch ended in an error: ${String(error)}` }),
      );
  }

  /** Goes where the signpost and the ticket say; otherwise the reason why not. */
  async #settle(): Promise<string> {
    const { events, guide, watcher } = this.#options;
    for (;;) {
      if (this.#stopping.signal.aborted) return 'disconnect was called';
      const { standing } = watcher;
      if (standing === null) return 'no signpost was read yet';
      const decision = await guide.decide(standing, this.#member?.clusterId ?? null, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return 'disconnect was called';
      if (decision.kind === 'stay') {
        events.emit('stayed', { reason: decision.reason });
        return decision.reason;
      }
      if (decision.kind === 'here') {
        if (standing.kind === 'signpost') {
          events.placed(this.#member?.clusterId ?? null, standing.signpost.epoch);
          events.settled();
        }
        return '';
      }
      if (this.#member !== null) await this.#leaveFor(decision.to);
      else {
        const missed = await this.#join(decision.to);
        if (missed !== CHANGED_MEANWHILE) return missed ?? '';
      }
    }
  }

  #epoch(): bigint | null {
    const { standing } = this.#options.watcher;
    return standing?.kind === 'signpost' ? standing.signpost.epoch : null;
  }

  /** Leaves the group on the cluster that is read now, unless the signpost changes before. */
  async #leaveFor(to: Destination): Promise<void> {
    const { events, switchJitterMs } = this.#options;
    if (switchJitterMs > 0) await this.#options.wait(Math.random() * switchJitterMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted || to.epoch !== this.#epoch()) return;
    await this.whenStill(async member => {
      if (member === null) return;
      const { clusterId: from } = member;
      this.#journey ??= { from, beganMs: performance.now() };
      events.emit('switching', { from, to: to.clusterId, epoch: String(to.epoch) });
      await member.leave();
      this.#member = null;
      events.placed(null, to.epoch);
    });
  }

  /** Why it could not join, or null. The turn ends before the join does: that waits for all of the group. */
  async #join(to: Destination): Promise<string | null> {
    const { events, begin, turn } = this.#options;
    await turn(this.#stopping.signal);
    return this.whenStill(async () => {
      if (this.#stopping.signal.aborted) return 'disconnect was called';
      if (to.epoch !== this.#epoch()) return CHANGED_MEANWHILE;
      try {
        this.#member = await begin(to);
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        const reason = `cluster ${to.clusterId} did not take this member: ${said}`;
        events.emit('stayed', { reason });
        return reason;
      }
      events.placed(to.clusterId, to.epoch);
      this.#arrived(to);
      return null;
    });
  }

  #arrived({ clusterId, epoch }: Destination): void {
    const journey = this.#journey;
    this.#journey = null;
    if (journey === null) return;
    const { from, beganMs } = journey;
    const durationMs = Math.round(performance.now() - beganMs);
    const { events } = this.#options;
    if (from === clusterId) {
      events.emit('stayed', { reason: `it was sent back to cluster ${from} before it had joined another` });
      return;
    }
    const records = { carriedOver: 0, resolved: 0, possiblyDoubled: 0, transactionsUnknown: 0 };
    const arrival = { from, to: clusterId, epoch: String(epoch), durationMs, ...records };
    events.emit('switched', arrival);
  }
}
