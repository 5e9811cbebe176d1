/**
 * What becomes of each topic. Bookkeeping is ambient whatever the rules say; then the first rule that matches decides; a
 * topic that no rule names drains only if a group reads it and its records expire: else what lives in it would die
 * with blue unseen, so somebody has to say so.
 */
import type { Decision, DisposedTopic } from '../contract/dispositions.ts';
import type { GroupFacts, Inventory, TopicFacts } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import type { Problem } from '../contract/problem.ts';
import type { TopicRule } from '../contract/request.ts';
import { PLACEHOLDER } from '../contract/request-fields.ts';
import { carriesKeep } from './leftovers.ts';

/** Prefix of everything this project itself creates on a cluster. */
const OUR_PREFIX = '_bluegreen';

/** Kafka's own, by name: where groups are seen, nobody says which of their topics are internal. */
const KAFKAS_OWN: readonly string[] = ['__consumer_offsets', '__transaction_state', '__share_group_state'];

export function isBookkeeping({ name, internal }: { readonly name: string; readonly internal?: boolean }): boolean {
  return internal === true || name.startsWith(OUR_PREFIX) || KAFKAS_OWN.includes(name);
}

/** Whether a topic is ambient whenever it appears: bookkeeping, and what the first rule that matches says is. */
export function isAmbient(name: string, rules: readonly TopicRule[]): boolean {
  return isBookkeeping({ name }) || rules.find(rule => matches(rule.match, name))?.disposition === 'ambient';
}

export interface DisposedTopics {
  readonly topics: readonly DisposedTopic[];
  readonly problems: readonly Problem[];
  readonly paste: readonly TopicRule[];
}

export function disposeTopics(inventory: Inventory, rules: readonly TopicRule[]): DisposedTopics {
  const read = topicsReadBy(inventory.groups);
  const topics: DisposedTopic[] = [];
  const problems: Problem[] = [];
  const paste: TopicRule[] = [];
  for (const topic of inventory.topics) {
    const on = `topic ${topic.name}`;
    const rule = rules.find(r => matches(r.match, topic.name));
    const doubt = doubtAbout(topic, read.has(topic.name));
    const disposed = { topic: topic.name, historyKept: false, decision: null };
    if (isBookkeeping(topic)) topics.push({ ...disposed, disposition: 'ambient' });
    else if (rule !== undefined) {
      topics.push({
        topic: topic.name,
        disposition: rule.disposition,
        historyKept: rule.historyKept ?? false,
        decision: decisionOf(rule),
      });
      if (rule.disposition === 'waive' && !isAnswered(rule)) problems.push(unanswered(on, 'waived'));
    } else if (doubt === null) topics.push({ ...disposed, disposition: 'drain' });
    else {
      const suggestion: TopicRule = { match: topic.name, disposition: 'waive', ...PLACEHOLDER };
      problems.push({
        on,
        problem: `has no disposition: it ${doubt}.`,
        remedy: `Add a rule to topics, such as ${JSON.stringify(suggestion)}; or "drain" if its groups read everything they need before blue goes.`,
      });
      paste.push(suggestion);
    }
  }
  return { topics, problems, paste };
}

const LONGEST_RETENTION_MS = 10 * 365 * 86_400_000;

/** Whether nobody alive waits for such records to expire: no limit, or one of more than ten years, as Long.MAX_VALUE. */
export function isEndless(retentionMs: string): boolean {
  const ms = Number(retentionMs);
  return ms < 0 || ms > LONGEST_RETENTION_MS;
}

/** Why this topic cannot simply drain, or null. */
function doubtAbout(topic: TopicFacts, isRead: boolean): string | null {
  const valueOf = (key: string) => topic.configs[key]?.value ?? '';
  if (valueOf('cleanup.policy').includes('compact'))
    return 'is compacted, so its readers may need records they read long ago';
  if (carriesKeep(topic))
    return 'is kept for ever (retention.ms=-1 and retention.bytes=-1 are also what an interrupted deployment leaves)';
  if (isEndless(valueOf('retention.ms'))) return 'is kept for ever';
  return isRead ? null : 'is read by no group, so nobody can be seen to have read it to its end';
}

/** Topics that any group has a commit on, an assignment of or a subscription to. */
export function topicsReadBy(groups: readonly GroupFacts[]): ReadonlySet<string> {
  return new Set(
    groups.flatMap(group => [
      ...group.commits.map(c => c.topic),
      ...group.members.flatMap(m => [...m.subscriptions, ...m.assignment.map(a => a.topic)]),
    ]),
  );
}

interface Answer {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

export function decisionOf(o: Answer): Decision | null {
  return o.by === undefined || o.reason === undefined ? null : { by: o.by, reason: o.reason };
}

/** Somebody stands for it: both given, and not the words of the block to paste. */
export function isAnswered(o: Answer): boolean {
  const decision = decisionOf(o);
  return decision !== null && decision.by !== PLACEHOLDER.by && decision.reason !== PLACEHOLDER.reason;
}

export function unanswered(on: string, word: string): Problem {
  return {
    on,
    problem: `is ${word} without saying who and why.`,
    remedy: 'Add by and reason to its rule.',
  };
}
