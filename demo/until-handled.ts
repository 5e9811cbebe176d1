/** Waits until each group's handler was called for everything the logs hold, or until the deadline. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from './auditor/journal.ts';

const LOOK_EVERY_MS = 200;

/** Returns in any case at the deadline: what was not handled by then is the audit's to count. */
export async function untilHandled(
  journal: Pick<Journal, 'unhandled'>,
  groups: readonly { readonly group: string }[],
  deadlineMs: number,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (groups.some(({ group }) => journal.unhandled(group) > 0) && Date.now() < deadline) await delay(LOOK_EVERY_MS);
}
