/** Pauses, always jittered: many processes that see the same change must not act in the same instant. */
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 50;
/** Coordinators write the markers of the last transaction while the next one begins: that is a matter of milliseconds. */
const FIRST_TRANSACTION_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 2_000;

/** The pause before the next attempt, doubled each time up to two seconds. */
export function pauseMs(attempt: number, firstMs = FIRST_PAUSE_MS): number {
  return jitteredMs(Math.min(firstMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
}

/** As `pauseMs`, for what is done within a transaction. */
export function transactionPauseMs(attempt: number): number {
  return pauseMs(attempt, FIRST_TRANSACTION_PAUSE_MS);
}

/** Between 75 % and 125 % of a duration. */
export function jitteredMs(durationMs: number): number {
  return durationMs * (0.75 + Math.random() / 2);
}

/** Ends early, without error, when the signal is aborted. */
export async function waitMs(durationMs: number, signal?: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

/** What the promise comes to, or the signal's reason as soon as it is aborted, whatever becomes of the promise then. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    const over = (): void => signal.removeEventListener('abort', giveUp);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    promise.then(resolve, reject).finally(over);
  });
}
