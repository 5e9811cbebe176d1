/** Where groups stand in the drain, said to a person: who will never finish, who cannot be proved, what is left. */
import { formatDuration, formatRoughly } from '../contract/duration.ts';
import { listed } from '../contract/listed.ts';
import type { GroupStanding, Loss } from '../kafka/drain-progress.ts';
import { type Pace, whyNever } from '../kafka/eta.ts';
import type { Naming } from './naming.ts';
import { Refused } from './step.ts';

/** A group that reads nothing, or cannot be seen, for this long is named. */
const PATIENCE_MS = 60_000;

/** A group cannot be followed, or only what no reading can mend is left, or time is up: a person decides. */
export function refuseWhatCannotEnd(open: readonly GroupStanding[], elapsedMs: number, deadlineMs: number): void {
  const unfollowable = open.filter(s => s.kind === 'unfollowable');
  if (unfollowable.length > 0)
    throw new Refused(
      'GroupsUnfollowable',
      `What these groups of blue have read cannot be followed: ${listed(unfollowable.map(describe))}. Stop their members, see that nobody needs what is left to them there, and waive them.`,
    );
  const stuck = open.filter(s => s.kind === 'blocked' || s.kind === 'vanished');
  const named = (standings: readonly GroupStanding[]) => standings.slice(0, 10).map(describe).join('; ');
  if (stuck.length > 0 && stuck.length === open.length)
    throw new Refused(
      'GroupsBlocked',
      `Groups cannot be proved drained: ${named(stuck)}. Mend them and resume, or waive them.`,
    );
  if (elapsedMs > deadlineMs)
    throw new Refused(
      'DrainDeadline',
      `Not every group had read blue to its frozen ends after ${formatDuration(deadlineMs)}: ${named(open)}. Start or speed up their consumers on blue, then resume; or waive them.`,
    );
}

/** Each group is named once, and the names go away when every group that had one moves again. */
export async function nameWhatNeverFinishes(
  open: readonly GroupStanding[],
  leftMs: number,
  naming: Naming,
): Promise<void> {
  const never = open.flatMap(standing => {
    if (standing.kind === 'blocked' || standing.kind === 'vanished')
      return [{ group: standing.group, why: describe(standing).slice(standing.group.length + 2) }];
    if (standing.kind === 'unknown')
      return standing.forMs < PATIENCE_MS ? [] : [{ group: standing.group, why: whyUnseen(standing) }];
    if (standing.kind !== 'behind') return [];
    const why = whyNever({ pace: standing.pace, members: standing.members, leftMs, patienceMs: PATIENCE_MS });
    return why === null ? [] : [{ group: standing.group, why }];
  });
  await naming.name(
    never.map(n => n.group),
    () => ({ kind: 'never-finishes', groups: never.slice(0, 10) }),
  );
}

/** Offsets that were gone before their group read them: said also where the group went on behind them. */
export function describeLosses(losses: readonly Loss[]): string {
  if (losses.length === 0) return '';
  const named = losses
    .slice(0, 10)
    .map(({ group, topic, partition, missing }) => `${missing} offsets of ${topic}/${partition} were lost to ${group}`);
  return `; ${named.join(', ')}${losses.length > 10 ? `, and ${losses.length - 10} more losses` : ''}`;
}

export function describeReadAgain(readAgain: Readonly<Record<string, string>>): string {
  const counts = Object.entries(readAgain).map(([group, offsets]) => `${group} ${offsets}`);
  if (counts.length === 0) return '';
  return `; read on green before the release, and again after it (offsets): ${counts.slice(0, 10).join(', ')}`;
}

function describe(standing: GroupStanding): string {
  switch (standing.kind) {
    case 'behind':
      return `${standing.group}: ${standing.remaining} offsets left${howItReads(standing)}`;
    case 'blocked':
      return `${standing.group}: ${standing.why}`;
    case 'vanished':
      return `${standing.group}: the group is gone before its records were proved read`;
    case 'unfollowable':
      return `${standing.group} is of type ${standing.type}`;
    case 'unknown':
      return `${standing.group}: ${standing.reason}`;
    case 'counting':
    case 'drained':
    case 'sealed':
      return `${standing.group}: ${standing.kind}`;
  }
}

function whyUnseen({ reason, forMs }: Extract<GroupStanding, { kind: 'unknown' }>): string {
  return `where it stands could not be seen for ${Math.round(forMs / 1_000)} s: ${reason}`;
}

function howItReads({ pace, members }: Extract<GroupStanding, { kind: 'behind' }>): string {
  if (pace.kind === 'moving') return `, about ${Math.ceil(pace.etaMs / 1_000)} s`;
  return members === 0 ? ', and nobody reads them' : '';
}

/**
 * The ten worst, small enough for a heartbeat: first those of which nobody can say what is left, then by what is left. Rate (offsets
 * a second) and ETA are those of the last minute.
 */
export function worst(open: readonly GroupStanding[]): object[] {
  return open
    .toSorted(byWhatIsLeft)
    .slice(0, 10)
    .map(s => ({ group: s.group.slice(0, 60), state: s.kind, ...whatIsLeft(s) }));
}

function whatIsLeft(standing: GroupStanding): object {
  const left = leftOf(standing);
  if (left === null) return {};
  return { left: String(left), ...(standing.kind === 'behind' && rateOf(standing.pace)) };
}

function rateOf(pace: Pace): object {
  switch (pace.kind) {
    case 'moving':
      return { perSecond: Math.round(pace.perSecond * 10) / 10, eta: formatRoughly(pace.etaMs) };
    case 'stalled':
      return { perSecond: 0 };
    case 'unknown':
      return {};
  }
}

function byWhatIsLeft(a: GroupStanding, b: GroupStanding): number {
  const [left, right] = [leftOf(a), leftOf(b)];
  if (left === null || right === null) return Number(right === null) - Number(left === null);
  return left < right ? 1 : left > right ? -1 : 0;
}

/** Offsets; null where nobody can say. */
function leftOf(standing: GroupStanding): bigint | null {
  switch (standing.kind) {
    case 'behind':
      return BigInt(standing.remaining);
    case 'counting':
    case 'drained':
    case 'sealed':
      return 0n;
    case 'blocked':
    case 'vanished':
    case 'unfollowable':
    case 'unknown':
      return null;
  }
}
