/**
 * Who was released stays released. Tickets and seeds of a group that has not started on green expire like any offset, and a worker
 * that wakes late may write `held` where they had: both are looked at in every round, and written again while nobody reads there.
 */
import { readLogStarts } from '../kafka/log-ends.ts';
import { commitSeeds, seedOffsets, topicsToSeed } from '../kafka/seeds.ts';
import { isSeen, type Sweep } from '../kafka/sight.ts';
import { sweepGroups } from '../kafka/sweep.ts';
import { putTicket, readTickets } from '../kafka/tickets.ts';
import { isReleased, ticketForeign } from './hold-on-green.ts';
import type { Round } from './round.ts';
import type { Pace } from './step.ts';

/** `released`: groups whose release is in the ledger. One that reads on green, or could not be seen there, is left as it is. */
export async function keepReleased(
  { green, scope, deployment }: Round,
  released: readonly string[],
  sweep: Sweep,
  pace: Pace,
): Promise<void> {
  if (released.length === 0) return;
  const onGreen = await sweepGroups(green, pace);
  if (onGreen.kind === 'incomplete') return;
  const running = new Set(onGreen.groups.filter(g => !isSeen(g) || g.members.length > 0).map(g => g.group));
  const resting = new Set(released.filter(group => !running.has(group)));
  const groups = sweep.groups.filter(isSeen).filter(g => resting.has(g.group));
  const starts = await readLogStarts(green, topicsToSeed(groups));
  const { seeds } = seedOffsets(groups, scope.disposed(sweep), starts);
  await commitSeeds(green, seeds, { ...pace, kept: new Set(scope.drained) });
  for (const [group, seen] of await readTickets(green, [...resting], pace)) {
    if (isReleased(seen, deployment.id)) continue;
    const put = await putTicket(green, group, { deployment: deployment.id, state: 'released' }, pace);
    if (put.kind === 'foreign') throw ticketForeign(group, put.deployment);
  }
}
