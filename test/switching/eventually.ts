/** Waits for a condition, with a deadline. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 20;

export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`After ${deadlineMs / 1_000} s it is still not so that ${what}.`);
    await delay(LOOK_MS);
  }
}
