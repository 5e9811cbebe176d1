/**
 * Fifty clients in a process do not open fifty connections' worth of new clients in one instant: of those that follow one service
 * record one switches at a time, and at most five new clients begin in any second. Who gives up waits for nobody.
 */
import { unlessAborted, waitMs } from './timing.ts';

const NEW_CLIENTS = 5;
const WITHIN_MS = 1_000;

export interface Clock {
  now(): number;
  /** Ends early, without error, when the signal is aborted. */
  wait(durationMs: number, signal?: AbortSignal): Promise<void>;
}

const wall: Clock = { now: () => performance.now(), wait: waitMs };

export class Turns {
  readonly #clock: Clock;
  /** When the last few new clients were begun, the earliest first. */
  #begun: number[] = [];
  /** By service record: over when all that was given so far has ended. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock = wall) {
    this.#clock = clock;
  }

  /**
   * Runs `act`, which begins a new client, when all that was given before for this record has ended and a client more may begin.
   * Rejects with the signal's reason, and does not run it, as soon as the signal is aborted before.
   */
  oneAtATime<T>(record: string, act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#queues.get(record) ?? Promise.resolve();
    const mine = unlessAborted(before, signal).then(async () => {
      await this.newClient(signal);
      signal.throwIfAborted();
      return act();
    });
    const ended = Promise.allSettled([before, mine]).then(() => {
      if (this.#queues.get(record) === ended) this.#queues.delete(record);
    });
    this.#queues.set(record, ended);
    return mine;
  }

  /** Returns when one client more may begin, first come first served; at once, and counting none, when the signal is aborted. */
  async newClient(signal?: AbortSignal): Promise<void> {
    const mine = this.#lastTurn.then(() => this.#turn(signal));
    this.#lastTurn = mine;
    if (signal === undefined) return mine;
    await unlessAborted(mine, signal).catch(() => undefined);
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const [earliest] = this.#begun;
    if (this.#begun.length === NEW_CLIENTS && earliest !== undefined) {
      const leftMs = earliest + WITHIN_MS - this.#clock.now();
      if (leftMs > 0 && signal?.aborted !== true) await this.#clock.wait(leftMs, signal);
    }
    if (signal?.aborted !== true) this.#begun = [...this.#begun, this.#clock.now()].slice(-NEW_CLIENTS);
  }
}

/** Of this process. */
const turns = new Turns();

/** As Turns: one switch of a record at a time in this process, at most five new clients a second. */
export function oneAtATime<T>(record: string, act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return turns.oneAtATime(record, act, signal);
}

/** As Turns: for a new client that is no switch. */
export function newClient(signal?: AbortSignal): Promise<void> {
  return turns.newClient(signal);
}
