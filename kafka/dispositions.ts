/**
 * Everything on blue gets a disposition, or a problem that says what is missing and a rule to paste. Pure: the same
 * inventory, rules and waivers always decide the same.
 */
import type { Dispositions } from '../contract/dispositions.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { GroupRule, TopicRule, Waiver } from '../contract/request.ts';
import { disposeGroups } from './group-dispositions.ts';
import { disposeTopics } from './topic-dispositions.ts';
import { unreadTopics } from './unread.ts';
import { unwaivedEntries } from './waivers.ts';

export interface Disposal {
  /** What is decided; what has a problem for want of a disposition is not in it. */
  readonly dispositions: Dispositions;
  readonly problems: Problem[];
  /** Rules that would decide the rest; to be corrected by whoever pastes them. */
  readonly paste: { readonly topics: TopicRule[]; readonly groups: GroupRule[] };
}

export function disposeAll(
  inventory: Inventory,
  rules: { readonly topics: readonly TopicRule[]; readonly groups: readonly GroupRule[] },
  options: { readonly readRecord: boolean; readonly waive?: readonly Waiver[] },
): Disposal {
  const waive = options.waive ?? [];
  const topics = disposeTopics(inventory, rules.topics);
  const groups = disposeGroups(inventory, topics.topics, rules.groups, { readRecord: options.readRecord, waive });
  const dispositions = { topics: topics.topics, groups: groups.groups, preflightEnds: endsOf(inventory) };
  return {
    dispositions,
    problems: [
      ...topics.problems,
      ...groups.problems,
      ...unreadProblems(inventory, dispositions),
      ...unwaivedEntries(inventory, waive),
    ],
    paste: { topics: [...topics.paste], groups: [...groups.paste] },
  };
}

/** Where nobody answered for an end, the start stands in: a `latest` group then counts more, never less. */
function endsOf(inventory: Inventory): Dispositions['preflightEnds'] {
  return Object.fromEntries(
    inventory.topics.map(topic => [topic.name, topic.partitions.map(p => p.end ?? p.start ?? '0')]),
  );
}

function unreadProblems(inventory: Inventory, dispositions: Dispositions): Problem[] {
  const withRecords = inventory.topics.filter(t => t.partitions.some(p => p.end === null || p.end !== p.start));
  return unreadTopics(
    withRecords.map(t => t.name),
    dispositions,
    inventory.groups,
  ).map(topic => ({
    on: `topic ${topic}`,
    problem:
      'is to be drained, but no group that moves reads it: blue would be deleted with nobody seen to have read its records.',
    remedy: 'Give its rule by and reason, saying who reads it otherwise; or waive it.',
  }));
}
