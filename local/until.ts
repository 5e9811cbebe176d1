/** Waiting for a condition, with a deadline and a reason to stop early: never for a time. */
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  readonly withinMs: number;
  readonly everyMs?: number;
  /** Says why the condition can never come true, or null. */
  readonly failed?: () => string | null;
  /** What was seen last, for the error of a wait that was in vain. */
  readonly seen?: () => string;
}

/** Resolves once the condition holds; otherwise an error that says what was waited for. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, o: UntilOptions): Promise<void> {
  const deadline = Date.now() + o.withinMs;
  while (!(await condition())) {
    const why = o.failed?.() ?? null;
    if (why !== null) throw new Error(`${what}: ${why}`);
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${o.withinMs} ms${o.seen ? `; seen last: ${o.seen()}` : ''}`);
    await delay(o.everyMs ?? 100);
  }
}
