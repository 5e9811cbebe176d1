/** Work that is done again and again, never twice at once, with a pause in between; a failed round is told once, then tried again. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Repetition {
  /** Returns when no round runs any more. */
  stop(): Promise<void>;
}

/** `tell` hears of a failure when it is not the one of the round before. */
export function repeat(pauseMs: number, work: () => Promise<void>, tell: (trouble: string) => void): Repetition {
  const stopped = new AbortController();
  const rounds = async () => {
    let last = '';
    while (!stopped.signal.aborted) {
      try {
        await work();
        last = '';
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error);
        if (trouble !== last && !stopped.signal.aborted) tell(trouble);
        last = trouble;
      }
      await delay(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const done = rounds();
  return {
    stop: () => {
      stopped.abort();
      return done;
    },
  };
}
