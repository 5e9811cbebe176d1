/**
 * Fifty clients in a process do not open fifty connections' worth of new clients in one instant: one switch at a time, and at
 * most five new clients in any second.
 */
import { waitMs } from './timing.ts';

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
  #last: Promise<unknown> = Promise.resolve();
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock = wall) {
    this.#clock = clock;
  }

  /** Runs `act`, which begins a new client, when all that was given before has ended and a client more may begin. */
  oneAtATime<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const mine = this.#last.then(async () => {
      await this.newClient(signal);
      return act();
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Returns when one client more may begin, first come first served; at once, and counting none, when the signal is aborted. */
  newClient(signal?: AbortSignal): Promise<void> {
    const mine = this.#lastTurn.then(() => this.#turn(signal));
    this.#lastTurn = mine;
    return mine;
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

/** As Turns: one switch at a time in this process, at most five new clients a second. */
export function oneAtATime<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return turns.oneAtATime(act, signal);
}

/** As Turns: for a new client that is no switch. */
export function newClient(signal?: AbortSignal): Promise<void> {
  return turns.newClient(signal);
}
