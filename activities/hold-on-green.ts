/**
 * Green while blue drains: who was not released yet waits there, without members, seeded at the log start, its ticket held. Who
 * reads there already is split.
 */
import type { Deployment } from '../contract/deployment.ts';
import { listed } from '../contract/listed.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { gates } from '../kafka/ledger.ts';
import { readLogStarts } from '../kafka/log-ends.ts';
import { commitSeeds, type SeededGroup, seedOffsets, topicsToSeed } from '../kafka/seeds.ts';
import { isSeen, type Sweep } from '../kafka/sight.ts';
import { sweepGroups } from '../kafka/sweep.ts';
import { putTicket, readTickets, type SeenTicket } from '../kafka/tickets.ts';
import type { Round } from './round.ts';
import { type Pace, Refused } from './step.ts';

/** Answers the offsets that a group had read on green, has left, and reads again from its seed. */
export async function holdOnGreen(
  round: Round,
  sweep: Sweep,
  sealed: ReadonlySet<string>,
  pace: Pace,
): Promise<ReadonlyMap<string, bigint>> {
  const { green, scope, deployment } = round;
  const dispositions = scope.disposed(sweep);
  const disposed = new Map(dispositions.groups.map(g => [g.group, g]));
  const unsealed = sweep.groups.filter(isSeen).filter(g => gates(disposed.get(g.group)) && !sealed.has(g.group));
  // The ticket, not the ledger, says who was released: a worker that died may have written the one and not the other.
  const tickets = await readTickets(
    green,
    unsealed.map(g => g.group),
    pace,
  );
  const waiting = unsealed.filter(g => !isReleased(tickets.get(g.group), deployment.id));
  if (waiting.length === 0) return new Map();
  const onGreen = await sweepGroups(green, pace);
  const members = new Map(onGreen.groups.filter(isSeen).map(g => [g.group, g.members.length]));
  const starts = await readLogStarts(green, topicsToSeed(waiting));
  const { seeds } = seedOffsets(waiting, dispositions, starts);
  const seeded = await commitSeeds(green, seeds, { ...pace, whenRead: 'again', kept: new Set(scope.drained) });
  const split = new Map<string, string>();
  for (const { group } of waiting) {
    const there = members.get(group) ?? 0;
    if (there > 0) split.set(group, `${there} ${there === 1 ? 'member' : 'members'}`);
  }
  for (const { group, state } of seeded)
    if (state.kind === 'split') split.set(group, `${split.get(group) ?? 'members'}, ${state.read} offsets read`);
  for (const { group } of seeds) {
    if (split.has(group)) continue;
    const put = await putTicket(green, group, { deployment: deployment.id, state: 'held' }, pace);
    if (put.kind === 'split') split.set(group, 'members');
    if (put.kind === 'foreign') throw ticketForeign(group, put.deployment);
  }
  if (split.size > 0) throw groupsSplit(deployment, split);
  refuseExpired(green, seeded);
  return new Map(seeded.filter(s => s.readAgain !== '0').map(s => [s.group, BigInt(s.readAgain)]));
}

/** What a group was to read on green after its release is gone: it is never moved on over it unseen. */
function refuseExpired(green: Cluster, seeded: readonly SeededGroup[]): void {
  const expired = seeded.flatMap(({ group, state }) => (state.kind === 'expired' ? [{ group, ...state }] : []));
  const [first] = expired;
  if (first === undefined) return;
  const named = expired.map(({ group, missing, where }) => `${group} (${missing} offsets, such as of ${where})`);
  const topic = first.where.slice(0, first.where.lastIndexOf('/'));
  throw new Refused(
    'SeedExpired',
    `Green lost records before these groups came to read them: ${listed(named, 5)}. See who deleted them, or shortened the retention there. To go on without what is gone, move each group to where green's log starts now, such as kafka-consumer-groups.sh --bootstrap-server ${green.bootstrap} --reset-offsets --to-earliest --execute --group ${first.group} --topic ${topic}, then resume; or waive them.`,
  );
}

export function isReleased(seen: SeenTicket | undefined, deployment: string): boolean {
  return seen?.kind === 'ticket' && seen.ticket.state === 'released' && seen.ticket.deployment === deployment;
}

/** Groups that are on green too early, each with what was seen of it there. */
export function groupsSplit({ blue, readRecord }: Deployment, split: ReadonlyMap<string, string>): Refused {
  const named = [...split].map(([group, seen]) => `${group} (${seen})`);
  const where =
    readRecord === null
      ? `start them on blue by its own address, ${blue.bootstrap}`
      : `start them on ${readRecord}, which still leads to blue`;
  return new Refused(
    'GroupSplit',
    `Groups are on green before they were released from blue: ${listed(named)}. Stop them there, ${where}, and resume: they are seeded again, and what they read on green they read again. Or waive them: they stay on green, and what they did not read on blue is not waited for.`,
  );
}

/** Another deployment's ticket is never overwritten. */
export function ticketForeign(group: string, deployment: string): Refused {
  return new Refused(
    'TicketForeign',
    `Group ${group} carries a ticket of deployment ${deployment} on green. Delete the topic _bluegreen of green if that run has ended, then resume.`,
  );
}
