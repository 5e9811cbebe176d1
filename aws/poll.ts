/**
 * Waiting for AWS: looks, waits, looks again, with a growing pause. A look that fails in passing counts as "not yet" and
 * says so in the progress. An abort is noticed between looks only, so that no effect is cut in half.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { awsTrouble, NotYet } from './errors.ts';

/**
 * How long a look may be answered from a copy that has not heard of the last write yet. EC2 and CloudFormation are eventually
 * consistent by seconds (EC2 API reference, "Eventual consistency").
 */
export const LONGEST_LAG_MS = 20_000;

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Called after every look that did not end the wait, at most 5 seconds apart unless a look itself takes longer. */
  readonly progress?: ((progress: { readonly waitingFor: string }) => void) | undefined;
  /** Longest pause between looks; the first pauses are shorter. Default 2,000. */
  readonly everyMs?: number | undefined;
  /** After this long the wait ends as `NotYet`; without it, it goes on until done or aborted. */
  readonly deadlineMs?: number | undefined;
  /** How long a look may be behind; default `LONGEST_LAG_MS`. */
  readonly lagMs?: number | undefined;
}

export type Look<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'waiting'; readonly waitingFor: string };

/** Repeats `look` until it is done. Errors that may pass are waited out, all others end the wait. */
export async function pollUntil<T>(look: () => Promise<Look<T>>, waiting: Waiting): Promise<T> {
  const longestPauseMs = Math.min(waiting.everyMs ?? 2_000, 5_000);
  const started = performance.now();
  for (let pauseMs = Math.min(100, longestPauseMs); ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    waiting.signal?.throwIfAborted();
    const seen = await lookOnce(look);
    if (seen.kind === 'done') return seen.value;
    waiting.progress?.({ waitingFor: seen.waitingFor });
    if (waiting.deadlineMs !== undefined && performance.now() - started >= waiting.deadlineMs)
      throw new NotYet(`Waited ${Math.round(waiting.deadlineMs / 1_000)} s: ${seen.waitingFor}`);
    await pause(pauseMs, waiting.signal);
  }
}

/**
 * The first answer that is not behind what is known to have happened; or the last one, once none can be behind any more: then
 * it is the truth, however unexpected.
 */
export async function lookPastLag<T>(
  look: () => Promise<T>,
  behind: (seen: T) => boolean,
  waiting: Waiting = {},
): Promise<T> {
  const lagMs = waiting.lagMs ?? LONGEST_LAG_MS;
  const started = performance.now();
  return pollUntil(async () => {
    const late = performance.now() - started >= lagMs;
    const value = await look();
    if (late || !behind(value)) return { kind: 'done', value };
    return { kind: 'waiting', waitingFor: 'AWS still answers as before the last change.' };
  }, waiting);
}

async function lookOnce<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    const trouble = awsTrouble(error);
    if (!trouble.retriable) throw error;
    return { kind: 'waiting', waitingFor: trouble.message };
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
