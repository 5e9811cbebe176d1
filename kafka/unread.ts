/**
 * A topic is drained by being read: one whose records nobody reads would come to its end by deletion. So every `drain` topic that
 * holds records is read by a group that moves, or somebody answers for it, by name and reason, on the topic or on a group. Pure.
 */
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import type { GroupFacts } from '../contract/inventory.ts';
import { topicsOf } from './sight.ts';

/** Topics among `withRecords` that drain although nobody reads them and nobody answers for them, in order of name. */
export function unreadTopics(
  withRecords: readonly string[],
  dispositions: Dispositions,
  groups: readonly GroupFacts[],
  proved: readonly { readonly topic: string }[] = [],
): string[] {
  const disposed = new Map(dispositions.groups.map(g => [g.group, g]));
  const answered = new Set(proved.map(row => row.topic));
  for (const group of groups)
    if (answers(disposed.get(group.group))) for (const topic of topicsOf(group)) answered.add(topic);
  const holding = new Set(withRecords);
  return dispositions.topics
    .filter(t => t.disposition === 'drain' && t.decision === null && holding.has(t.topic) && !answered.has(t.topic))
    .map(t => t.topic)
    .toSorted();
}

/** A group that moves is proved to have read; one that somebody excused by name is that person's answer. `ephemeral` alone is none. */
function answers(group: DisposedGroup | undefined): boolean {
  return group === undefined || group.disposition === 'move' || group.decision !== null;
}
