/**
 * What becomes of each group. The first rule that matches decides; without one a group moves when it has members, or when
 * it has none and nothing left to read. An empty group that is behind may be forgotten or waiting: somebody has to say.
 * Only classic groups can be moved; members that nothing could hold on blue need a read record, a switch-aware
 * client, or a waiver.
 */
import type { DisposedGroup, DisposedTopic, GroupDisposition } from '../contract/dispositions.ts';
import type { GroupFacts, GroupType, Inventory, PartitionFacts } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import type { Problem } from '../contract/problem.ts';
import type { GroupRule, Waiver } from '../contract/request.ts';
import { PLACEHOLDER } from '../contract/request-fields.ts';
import { decisionOf, isAnswered, unanswered } from './topic-dispositions.ts';
import { waiverFor, waiverText, waiverToFill } from './waivers.ts';

/** Client ids of the switching clients end in this. */
const SWITCH_AWARE = '+bluegreen';
/** Groups of our own smoke tests; they vanish with their topics. */
const OUR_PREFIX = '_bluegreen';

export interface DisposedGroups {
  readonly groups: readonly DisposedGroup[];
  readonly problems: readonly Problem[];
  readonly paste: readonly GroupRule[];
  /** Waivers that would let groups move although their members could leave blue too early. */
  readonly waive: readonly Waiver[];
}

export function disposeGroups(
  inventory: Inventory,
  topics: readonly DisposedTopic[],
  rules: readonly GroupRule[],
  o: { readonly readRecord: boolean; readonly waive: readonly Waiver[] },
): DisposedGroups {
  const backlogOf = backlogIn(inventory, topics);
  const groups: DisposedGroup[] = [];
  const problems: Problem[] = [];
  const paste: GroupRule[] = [];
  const toWaive: Waiver[] = [];
  for (const group of inventory.groups) {
    if (group.state === 'Dead' && group.members.length === 0 && group.commits.length === 0) continue;
    const verdict = dispose(group, rules, o.waive, backlogOf(group));
    problems.push(...verdict.problems);
    paste.push(...verdict.paste);
    if (verdict.disposed === null) continue;
    const { disposed, standing } = withStanding(group, verdict.disposed, o);
    groups.push(disposed);
    problems.push(...standing);
    if (standing.length > 0) toWaive.push(waiverToFill('group', group.group));
  }
  return { groups, problems, paste, waive: toWaive };
}

/** A group by its name; its type where it was seen. */
export interface NamedGroup {
  readonly group: string;
  readonly type?: GroupType;
}

/**
 * What a request says of a group whenever it appears: its first rule that matches, or the waiver of the connectors that its
 * workers run; null where it says nothing. Groups of our own are ephemeral whatever it says.
 */
export function requestedFor(
  { group, type }: NamedGroup,
  rules: readonly GroupRule[],
  waive: readonly Waiver[],
): Pick<DisposedGroup, 'disposition' | 'start' | 'decision'> | null {
  if (group.startsWith(OUR_PREFIX)) return { disposition: 'ephemeral', start: 'earliest', decision: null };
  const rule = rules.find(r => matches(r.match, group));
  if (rule !== undefined)
    return { disposition: rule.disposition, start: rule.start ?? 'earliest', decision: decisionOf(rule) };
  const workers = type === 'connect' ? waiverFor(waive, 'connector', group) : null;
  return (
    workers && { disposition: 'external', start: 'earliest', decision: { by: workers.by, reason: workers.reason } }
  );
}

interface Verdict {
  readonly disposed: DisposedGroup | null;
  readonly problems: readonly Problem[];
  readonly paste: readonly GroupRule[];
}

function dispose(group: GroupFacts, rules: readonly GroupRule[], waive: readonly Waiver[], backlog: Backlog): Verdict {
  const on = `group ${group.group}`;
  const decided = (disposition: GroupDisposition): DisposedGroup => ({
    group: group.group,
    disposition,
    start: 'earliest',
    decision: null,
    switchAware: isSwitchAware(group),
  });
  const asked = requestedFor(group, rules, waive);
  if (group.type !== 'classic' && (asked === null || asked.disposition === 'move'))
    return {
      disposed: null,
      problems: [notClassic(group)],
      paste: asked === null ? [ruleFor(group, 'external')] : [],
    };
  if (asked !== null) {
    const { disposition, decision } = asked;
    const needsAnswer = disposition === 'abandoned' || disposition === 'external';
    return {
      disposed: { ...decided(disposition), ...asked },
      problems: needsAnswer && !isAnswered(decision ?? {}) ? [unanswered(on, disposition)] : [],
      paste: [],
    };
  }
  if (group.members.length > 0 || backlog.kind === 'none') return settled(decided('move'));
  const suggestion = ruleFor(group, 'move');
  return {
    disposed: null,
    problems: [
      {
        on,
        problem: `has no disposition: it has no members and ${describeBacklog(backlog)}.`,
        remedy: `Add a rule to groups: "move" if it will run again and read them, else "abandoned" with by and reason, such as ${JSON.stringify(suggestion)}.`,
      },
    ],
    paste: [suggestion],
  };
}

function settled(disposed: DisposedGroup): Verdict {
  return { disposed, problems: [], paste: [] };
}

function notClassic(group: GroupFacts): Problem {
  const what =
    group.type === 'unknown' ? `of the protocol ${group.protocolType || 'unknown'}` : `of type ${group.type}`;
  return {
    on: `group ${group.group}`,
    problem: `is ${what}; only classic consumer groups can be moved.`,
    remedy:
      group.type === 'connect'
        ? `Move its connectors yourself and waive them: ${waiverText('connector', group.group)}.`
        : `Declare it ephemeral, abandoned or external, such as ${JSON.stringify(ruleFor(group, 'external'))}.`,
  };
}

function ruleFor(group: GroupFacts, disposition: GroupDisposition): GroupRule {
  return disposition === 'move'
    ? { match: group.group, disposition }
    : { match: group.group, disposition, ...PLACEHOLDER };
}

/** A moving group whose members would follow the record at their next restart, long before they may. */
function withStanding(
  group: GroupFacts,
  disposed: DisposedGroup,
  o: { readonly readRecord: boolean; readonly waive: readonly Waiver[] },
): { disposed: DisposedGroup; standing: readonly Problem[] } {
  const held = group.members.length === 0 || disposed.switchAware || o.readRecord;
  if (disposed.disposition !== 'move' || held) return { disposed, standing: [] };
  const waiver = waiverFor(o.waive, 'group', group.group);
  if (waiver !== null)
    return {
      disposed: { ...disposed, decision: disposed.decision ?? { by: waiver.by, reason: waiver.reason } },
      standing: [],
    };
  return {
    disposed,
    standing: [
      {
        on: `group ${group.group}`,
        problem:
          'has members that are not switch-aware, and there is no read record: one that restarts after the flip starts on green before blue is read to its end.',
        remedy: `Give readRecord, let its clients use the switching consumer (client ids end in ${SWITCH_AWARE}), or waive it: ${waiverText('group', group.group)}.`,
      },
    ],
  };
}

function isSwitchAware(group: GroupFacts): boolean {
  return group.members.length > 0 && group.members.every(m => m.clientId.endsWith(SWITCH_AWARE));
}

type Backlog =
  | { readonly kind: 'none' }
  | { readonly kind: 'behind'; readonly offsets: bigint }
  | { readonly kind: 'unknown'; readonly topic: string };

/** How far each group's commits are behind on the topics that drain or are undecided. A topic that is gone cannot be read. */
function backlogIn(inventory: Inventory, topics: readonly DisposedTopic[]): (group: GroupFacts) => Backlog {
  const excused = new Set(topics.filter(t => t.disposition !== 'drain').map(t => t.topic));
  const partitions = new Map<string, ReadonlyMap<number, PartitionFacts>>(
    inventory.topics.map(t => [t.name, new Map(t.partitions.map(p => [p.partition, p]))]),
  );
  return group => {
    let offsets = 0n;
    for (const commit of group.commits) {
      const partition = partitions.get(commit.topic)?.get(commit.partition);
      if (excused.has(commit.topic) || partition === undefined) continue;
      if (partition.end === null) return { kind: 'unknown', topic: commit.topic };
      const behind = BigInt(partition.end) - BigInt(commit.offset);
      if (behind > 0n) offsets += behind;
    }
    return offsets === 0n ? { kind: 'none' } : { kind: 'behind', offsets };
  };
}

function describeBacklog(backlog: Exclude<Backlog, { kind: 'none' }>): string {
  return backlog.kind === 'behind'
    ? `${backlog.offsets} offsets to read`
    : `nobody answered for the ends of ${backlog.topic}`;
}
