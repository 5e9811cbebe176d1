/** The order that was asked for and what it cost, for a person; nothing where it is the usual one. Pure. */
import type { Status } from '../contract/status.ts';

/** For order `total` one line: since when library producers wait, or how long they did. */
export function orderLines({ order, stall, wayBack }: Pick<Status, 'order' | 'stall' | 'wayBack'>): string[] {
  if (order !== 'total') return [];
  if (stall === null) return ['order: total'];
  const { heldAt, openedAt } = stall;
  if (openedAt === null) {
    const until = wayBack === null ? '' : ', until the way back sends them to blue';
    return [`order: total, library producers hold since ${heldAt}${until}`];
  }
  const seconds = (Date.parse(openedAt) - Date.parse(heldAt)) / 1_000;
  return [`order: total, library producers held for ${seconds.toFixed(1)} s (${heldAt} to ${openedAt})`];
}
