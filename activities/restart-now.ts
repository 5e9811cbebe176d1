/**
 * Groups that may leave blue and are still there. Library clients leave within seconds; the others are named until somebody has
 * restarted them.
 */
import { isSeen, type Sweep } from '../kafka/sight.ts';
import type { Dependencies } from './dependencies.ts';
import { Naming } from './naming.ts';

/** How long a group that may leave takes by itself. */
export const LEAVES_WITHIN_MS = 15_000;
const MOST_NAMED = 10;

/** Released longer ago than a group takes that leaves by itself, and on blue still. `now` in milliseconds since 1970. Pure. */
export function overdue(
  releases: readonly { readonly group: string; readonly at: string }[],
  sweep: Pick<Sweep, 'groups'>,
  now: number,
): string[] {
  const members = new Map(sweep.groups.filter(isSeen).map(g => [g.group, g.members.length]));
  return releases
    .filter(({ group, at }) => (members.get(group) ?? 0) > 0 && now - Date.parse(at) > LEAVES_WITHIN_MS)
    .map(({ group }) => group);
}

export class RestartNow {
  readonly #naming: Naming;

  constructor(deps: Pick<Dependencies, 'tell'>) {
    this.#naming = new Naming(deps, 'restart-now');
  }

  name(groups: readonly string[]): Promise<void> {
    const named = groups.slice(0, MOST_NAMED);
    return this.#naming.name(named, () => ({ kind: 'restart-now', groups: named }));
  }
}
