/**
 * Everything on blue gets a disposition, or a problem that says what is missing and a rule to paste. Pure: the same
 * inventory, rules and waivers always decide the same.
 */
import type { Dispositions } from '../contract/dispositions.ts';
import type { Inventory } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import type { Problem } from '../contract/problem.ts';
import type { GroupRule, TopicRule, Waiver } from '../contract/request.ts';
import { PLACEHOLDER } from '../contract/request-fields.ts';
import { disposeGroups } from './group-dispositions.ts';
import { disposeTopics } from './topic-dispositions.ts';
import { unreadTopics } from './unread.ts';
import { unwaivedEntries } from './waivers.ts';

export interface Disposal {
  /** What is decided; what has a problem for want of a disposition is not in it. */
  readonly dispositions: Dispositions;
  readonly problems: Problem[];
  /** Rules and waivers that would decide the rest; to be corrected by whoever pastes them. */
  readonly paste: { readonly topics: TopicRule[]; readonly groups: GroupRule[]; readonly waive: Waiver[] };
}

export function disposeAll(
  inventory: Inventory,
  rules: { readonly topics: readonly TopicRule[]; readonly groups: readonly GroupRule[] },
  options: { readonly readRecord: boolean; readonly waive?: readonly Waiver[] },
): Disposal {
  const waive = options.waive ?? [];
  const topics = disposeTopics(inventory, rules.topics);
  const groups = disposeGroups(inventory, topics.topics, rules.groups, { readRecord: options.readRecord, waive });
  const entries = unwaivedEntries(inventory, waive);
  const dispositions = {
    topics: topics.topics,
    groups: groups.groups,
    preflightEnds: endsOf(inventory),
    topicIds: idsOf(inventory),
  };
  const unread = unreadProblems(inventory, dispositions, rules.topics);
  return {
    dispositions,
    problems: [...topics.problems, ...groups.problems, ...unread.problems, ...entries.problems],
    paste: {
      topics: [...topics.paste, ...unread.paste],
      groups: [...groups.paste],
      waive: [...groups.waive, ...entries.paste],
    },
  };
}

/** Where nobody answered for an end, the start stands in: a `latest` group then counts more, never less. */
function endsOf(inventory: Inventory): Dispositions['preflightEnds'] {
  return Object.fromEntries(
    inventory.topics.map(topic => [topic.name, topic.partitions.map(p => p.end ?? p.start ?? '0')]),
  );
}

function idsOf({ topics }: Inventory): Readonly<Record<string, string>> {
  return Object.fromEntries(topics.flatMap(({ name, id }) => (id === null ? [] : [[name, id]])));
}

/** A topic that no rule names gets one to paste; a rule that is there already is its owner's to complete. */
function unreadProblems(
  inventory: Inventory,
  dispositions: Dispositions,
  rules: readonly TopicRule[],
): { readonly problems: Problem[]; readonly paste: TopicRule[] } {
  const withRecords = inventory.topics.filter(t => t.partitions.some(p => p.end === null || p.end !== p.start));
  const unread = unreadTopics(
    withRecords.map(t => t.name),
    dispositions,
    inventory.groups,
  );
  return {
    problems: unread.map(topic => ({
      on: `topic ${topic}`,
      problem:
        'is to be drained, but no group that moves reads it: blue would be deleted with nobody seen to have read its records.',
      remedy: 'Give its rule by and reason, saying who reads it otherwise; or waive it.',
    })),
    paste: unread
      .filter(topic => !rules.some(rule => matches(rule.match, topic)))
      .map(topic => ({ match: topic, disposition: 'waive', ...PLACEHOLDER })),
  };
}
