/**
 * Green's topics must behave as blue's do. Compared are the topics, their partition counts and replication factors, every
 * topic-level override, and the effective values of the keys that decide what becomes of a record: defaults differ
 * between versions, so green gets blue's effective value as an override where they do. Pure; owners' values count, not ours.
 */
import type { ConfigFacts, Inventory, TopicFacts } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import { isBookkeeping } from './topic-dispositions.ts';

/** Keys whose effective value is compared even where neither side overrides it. */
export const DECISIVE_KEYS: Readonly<Record<string, string>> = {
  'min.insync.replicas': 'durability: how many replicas hold an acknowledged record',
  'unclean.leader.election.enable': 'durability: whether a stale replica may lead, losing records',
  'flush.messages': 'durability: when records reach the disk',
  'flush.ms': 'durability: when records reach the disk',
  'retention.ms': 'retention by age',
  'retention.bytes': 'retention by size',
  'cleanup.policy': 'retention: whether records expire or are compacted',
  'segment.bytes': 'retention and compaction work on closed segments only',
  'segment.ms': 'retention and compaction work on closed segments only',
  'max.message.bytes': 'size of the largest batch that is taken',
  'message.timestamp.type': "time stamps: the producer's or the broker's",
  'message.timestamp.before.max.ms': 'time stamps: how old a record may claim to be before it is refused',
  'message.timestamp.after.max.ms':
    'time stamps: how far in the future before it is refused (an hour by default since 4.0)',
  'compression.type': "compression: the producer's kept, or done again",
  'delete.retention.ms': 'compaction: how long a tombstone stays readable',
  'min.compaction.lag.ms': 'compaction: how long a record is safe from it',
  'max.compaction.lag.ms': 'compaction: how long a record may escape it',
  'min.cleanable.dirty.ratio': 'compaction: how much garbage is tolerated',
};

export interface DesiredTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** The complete set of overrides. */
  readonly configs: Readonly<Record<string, string>>;
}

/** One difference; `name` is what a waiver of kind `config` names. */
export interface ParityDifference {
  readonly name: string;
  readonly topic: string;
  readonly kind: 'topic-missing' | 'partitions' | 'replication-factor' | 'override' | 'effective' | 'key-unknown';
  readonly blue: string;
  readonly green: string;
}

/**
 * What green's topics should be. `green` is green's inventory once its topics exist (null before): only then the keys whose
 * defaults differ are known. `greenKeys` are the config keys green's version has; overrides of others are left out, and
 * `parityDiff` lists them. `waived` names differences that are not to be mended.
 */
export function desiredTopics(
  blue: Inventory,
  green: Inventory | null,
  greenKeys: ReadonlySet<string>,
  waived: readonly string[] = [],
): DesiredTopic[] {
  const greenTopics = byName(green?.topics ?? []);
  return comparable(blue).map(topic => {
    const existing = greenTopics.get(topic.name);
    const configs: Record<string, string> = {};
    for (const [key, config] of Object.entries(topic.configs)) {
      if (config.value === null || !greenKeys.has(key) || isWaived(waived, `${topic.name} ${key}`)) continue;
      const there = existing?.configs[key];
      const differs = existing !== undefined && key in DECISIVE_KEYS && there?.value !== config.value;
      const overridden = there?.source === 'topic';
      if (config.source === 'topic' || differs || overridden) configs[key] = config.value;
    }
    return { topic: topic.name, partitions: topic.partitions.length, replicationFactor: replication(topic), configs };
  });
}

/** Every difference that is not waived by name (`*` is the only wildcard); empty means parity. */
export function parityDiff(blue: Inventory, green: Inventory, waived: readonly string[] = []): ParityDifference[] {
  const greenTopics = byName(green.topics);
  const differences = comparable(blue).flatMap(topic => {
    const other = greenTopics.get(topic.name);
    if (other === undefined) return [difference(topic.name, 'topic-missing', 'exists', 'missing', 'topic')];
    return [...shapeDifferences(topic, other), ...configDifferences(topic, other)];
  });
  return differences.filter(d => !isWaived(waived, d.name));
}

/** Config keys that blue's version has and green's has not, as seen on the topics both have. */
export function keysGreenLacks(blue: Inventory, green: Inventory): string[] {
  const greenKeys = keysOf(green);
  return [...keysOf(blue)].filter(key => !greenKeys.has(key)).toSorted();
}

function keysOf(inventory: Inventory): ReadonlySet<string> {
  return new Set(inventory.topics.flatMap(t => Object.keys(t.configs)));
}

function shapeDifferences(blue: TopicFacts, green: TopicFacts): ParityDifference[] {
  const shapes = [
    ['partitions', blue.partitions.length, green.partitions.length],
    ['replication-factor', replication(blue), replication(green)],
  ] as const;
  return shapes.flatMap(([kind, there, here]) =>
    there === here ? [] : [difference(blue.name, kind, String(there), String(here), kind)],
  );
}

function configDifferences(blue: TopicFacts, green: TopicFacts): ParityDifference[] {
  const keys = new Set([...overridesOf(blue), ...overridesOf(green), ...Object.keys(DECISIVE_KEYS)]);
  return [...keys].toSorted().flatMap(key => {
    const there = blue.configs[key];
    const here = green.configs[key];
    const kind = differenceIn(there, here);
    return kind === null ? [] : [difference(blue.name, kind, told(there), told(here), key)];
  });
}

function differenceIn(
  blue: ConfigFacts | undefined,
  green: ConfigFacts | undefined,
): Extract<ParityDifference['kind'], 'override' | 'effective' | 'key-unknown'> | null {
  if (blue === undefined) return green?.source === 'topic' ? 'override' : null;
  // A key that green's version dropped matters only where somebody set it.
  if (green === undefined) return blue.source === 'default' ? null : 'key-unknown';
  if (blue.source === 'topic' && (green.source !== 'topic' || green.value !== blue.value)) return 'override';
  return green.value === blue.value ? null : 'effective';
}

function comparable(blue: Inventory): TopicFacts[] {
  return blue.topics.filter(topic => !isBookkeeping(topic));
}

function overridesOf(topic: TopicFacts): string[] {
  return Object.keys(topic.configs).filter(key => topic.configs[key]?.source === 'topic');
}

function replication(topic: TopicFacts): number {
  return Math.max(0, ...topic.partitions.map(p => p.replicas.length));
}

function difference(
  topic: string,
  kind: ParityDifference['kind'],
  blue: string,
  green: string,
  what: string,
): ParityDifference {
  return { name: `${topic} ${what}`, topic, kind, blue, green };
}

function told(config: ConfigFacts | undefined): string {
  if (config === undefined) return 'unknown to this version';
  return `${config.value ?? 'no value'}${config.source === 'topic' ? ' (override)' : ''}`;
}

function isWaived(waived: readonly string[], name: string): boolean {
  return waived.some(pattern => matches(pattern, name));
}

function byName(topics: readonly TopicFacts[]): ReadonlyMap<string, TopicFacts> {
  return new Map(topics.map(topic => [topic.name, topic]));
}
