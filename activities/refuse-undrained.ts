/**
 * Whether the ledger and the last look at blue's groups prove that everything was read that had to be: the key to blue's deletion.
 * Pure. Whatever is missing, unseen or judged against other ends refuses, by name.
 */
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { Ledger } from '../contract/ledger.ts';
import { gates } from '../kafka/ledger.ts';
import { isSeen, type Sweep } from '../kafka/sight.ts';
import { unreadTopics } from '../kafka/unread.ts';
import { Refused } from './step.ts';

export interface LastLook {
  /** Where blue is reached, for the command that mends. */
  readonly bootstrap: string;
  readonly ledger: Ledger;
  readonly sweep: Sweep;
  /** The frozen ends, and those of them whose topics are still there. */
  readonly frozenThen: FrozenEnds;
  readonly frozen: FrozenEnds;
  /** The groups that had to read blue to its end since preflight. */
  readonly moved: readonly DisposedGroup[];
  /** With what was waived since, and the groups that appeared. */
  readonly dispositions: Dispositions;
}

/** Refuses unless every group that gates has left blue, sealed and drained against the ends that stand, and every record had a reader. */
export function refuseUndrained({ bootstrap, ledger, sweep, frozenThen, frozen, moved, dispositions }: LastLook): void {
  const sealed = new Set(ledger.sealed.map(s => s.group));
  const disposed = new Map(dispositions.groups.map(g => [g.group, g]));
  for (const sight of sweep.groups) {
    if (sight.kind === 'unseen')
      throw new Refused(
        'GroupsUnknown',
        `Group ${sight.group} of blue could not be seen: ${sight.reason}. Blue is not deleted; resume to look again.`,
      );
    if (!gates(disposed.get(sight.group))) continue;
    if (sight.members.length > 0)
      throw new Refused(
        'ReadersRemain',
        `Group ${sight.group} still has ${sight.members.length} members on blue. Restart it, so that it reads green, then resume.`,
      );
    if (!sealed.has(sight.group) && sight.commits.length > 0)
      throw new Refused(
        'LedgerIncomplete',
        `Group ${sight.group} has commits on blue and no sealed rows. Blue is not deleted; if nobody needs what it has to read there, delete the group on blue (kafka-consumer-groups.sh --bootstrap-server ${bootstrap} --delete --group ${sight.group}), then resume.`,
      );
  }
  const unsealed = moved.find(g => !sealed.has(g.group));
  if (unsealed !== undefined)
    throw new Refused(
      'LedgerIncomplete',
      `Group ${unsealed.group} was to read blue to its end and was never sealed in the ledger. Blue is not deleted; see that its records are safe, then end the run with temporal workflow terminate and delete the stack by hand.`,
    );
  const endOf = new Map(
    frozenThen.topics.flatMap(t => t.partitions.map(p => [`${t.topic}/${p.partition}`, p.end] as const)),
  );
  // Rows of what was waived since are nobody's any more.
  const draining = new Set(dispositions.topics.flatMap(t => (t.disposition === 'drain' ? [t.topic] : [])));
  const rows = ledger.sealed
    .flatMap(s => s.rows)
    .filter(row => draining.has(row.topic) && gates(disposed.get(row.group)));
  for (const { group, topic, partition, frozenEnd } of rows) {
    const end = endOf.get(`${topic}/${partition}`);
    if (end !== undefined && end !== frozenEnd)
      throw new Refused(
        'LedgerIncomplete',
        `Row ${group} ${topic}-${partition} was sealed against the end ${frozenEnd}, but blue was frozen again at ${end}. Blue is not deleted; let the group read on and be sealed again.`,
      );
  }
  const undrained = rows.find(row => row.state.kind !== 'drained');
  if (undrained !== undefined)
    throw new Refused(
      'LedgerIncomplete',
      `Row ${undrained.group} ${undrained.topic}-${undrained.partition} is ${undrained.state.kind}. Blue is not deleted.`,
    );
  const seen = sweep.groups.filter(isSeen);
  const holding = frozen.topics.filter(t => t.partitions.some(p => p.end !== p.start)).map(t => t.topic);
  const proved = ledger.sealed
    .flatMap(s => s.rows)
    .filter(({ topic, partition, frozenEnd }) => endOf.get(`${topic}/${partition}`) === frozenEnd);
  const [unread] = unreadTopics(holding, dispositions, seen, proved);
  if (unread !== undefined)
    throw new Refused(
      'TopicUnread',
      `Topic ${unread} holds records on blue that no group was proved to have read. Blue is not deleted; let a group read it and commit, then resume; or roll forward by hand.`,
    );
}
