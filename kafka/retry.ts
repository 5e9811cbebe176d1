/**
 * A call that may fail because a broker is starting, electing or loading is tried again until it succeeds or its time is
 * up; one that can never succeed fails at once. Nothing is retried after the caller aborted.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { KafkaTrouble, kafkaTrouble } from './errors.ts';

export interface Patience {
  /** How long to go on trying; 30 s by default. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The result of `call`, tried again with growing pauses (0.1 s to 2 s) while its trouble is retriable; else KafkaTrouble. Tried
 * twice at least: that an answer was lost may be noticed only after all of the time.
 */
export async function patiently<T>(what: string, call: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const deadline = Date.now() + (patience.withinMs ?? 30_000);
  for (let tries = 1, pauseMs = 100; ; tries += 1, pauseMs = Math.min(pauseMs * 2, 2_000)) {
    patience.signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      patience.signal?.throwIfAborted(); // whatever else went wrong, the caller is told its own reason
      const trouble = kafkaTrouble(what, error);
      if (!trouble.retriable || (tries > 1 && Date.now() + pauseMs > deadline)) throw trouble;
    }
    await pauseFor(pauseMs, patience.signal);
  }
}

/** For looks, which change nothing: asks once more, at once, when the first answer was lost. */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!kafkaTrouble('ask', error).retriable) throw error;
    return ask();
  }
}

/** Looks every 0.1 s (or `everyMs`) until it is done: its result, or a KafkaTrouble `timeout` that says `what` and what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<{ readonly done: T } | { readonly seen: string }>,
  patience: Patience & { readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + (patience.withinMs ?? 30_000);
  for (;;) {
    patience.signal?.throwIfAborted();
    const looked = await look();
    if ('done' in looked) return looked.done;
    if (Date.now() > deadline)
      throw new KafkaTrouble(`Waited in vain until ${what}; last seen: ${looked.seen}. It is tried again.`, {
        kind: 'timeout',
        retriable: true,
      });
    await pauseFor(patience.everyMs ?? 100, patience.signal);
  }
}

/** Waits `ms`, or throws the abort's reason as soon as `signal` aborts. */
export async function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
