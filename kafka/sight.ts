/**
 * What one sweep saw of a cluster's groups. What could not be seen is said, never left out: a group that is missing from a
 * complete sweep does not exist, and a commit that is missing from a seen group was never made.
 */
import type { GroupFacts } from '../contract/inventory.ts';

export type Sweep =
  /** Every broker listed its groups; `groups` holds each of them. */
  | {
      readonly kind: 'complete';
      readonly at: string;
      readonly topics: readonly string[];
      readonly groups: readonly GroupSight[];
    }
  /** Groups may exist that are not in `groups`; `reasons` says what did not answer. */
  | {
      readonly kind: 'incomplete';
      readonly at: string;
      readonly topics: readonly string[];
      readonly groups: readonly GroupSight[];
      readonly reasons: readonly string[];
    };

export type GroupSight = SeenGroup | { readonly kind: 'unseen'; readonly group: string; readonly reason: string };

/** Members, subscriptions, assignments and commits as the group's coordinator told them. */
export interface SeenGroup extends GroupFacts {
  readonly kind: 'seen';
  /** Partitions whose commit the coordinator could not tell, such as one inside an open transaction (KIP-447). */
  readonly unstable: readonly { readonly topic: string; readonly partition: number; readonly reason: string }[];
}

export function isSeen(sight: GroupSight): sight is SeenGroup {
  return sight.kind === 'seen';
}

/** The topics that a group has a commit on, an assignment of or a subscription to, in order of name. */
export function topicsOf(group: GroupFacts): string[] {
  const topics = new Set(group.commits.map(commit => commit.topic));
  for (const member of group.members) {
    for (const topic of member.subscriptions) topics.add(topic);
    for (const { topic } of member.assignment) topics.add(topic);
  }
  return [...topics].toSorted();
}
