/**
 * What applications look like, and those of the demo: twelve topics of different shapes, four groups, four producer instances
 * that together send about 650 records a second.
 */
export interface TopicShape {
  readonly topic: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly recordsPerSecond: number;
  readonly valueBytes: number;
  readonly keys: number;
  /** Instances that share the rate; all of them write all of the keys. */
  readonly producers: readonly string[];
}

export interface GroupShape {
  readonly group: string;
  readonly topics: readonly string[];
  /** What the handler waits for each batch, as a database or an archive would make it; 0 for none. */
  readonly pauseMs: number;
  readonly partitionsConsumedConcurrently: number;
}

export interface Applications {
  readonly topics: readonly TopicShape[];
  readonly groups: readonly GroupShape[];
  /** The topic that also gets transactions, some of them aborted, from a batch job that ends before the flip; null for none. */
  readonly transactionalTopic: string | null;
}

const CHECKOUT = ['checkout-1', 'checkout-2'];
const WEB = ['web-1'];
const OFFICE = ['office-1'];
const HOUR_MS = 3_600_000;
const MIB = 1_048_576;

const TOPICS: readonly TopicShape[] = [
  shape('orders', 8, 90, CHECKOUT, { valueBytes: 200 }),
  shape('payments', 6, 60, CHECKOUT, { configs: { 'min.insync.replicas': '2' } }),
  shape('inventory', 3, 40, CHECKOUT, { keys: 12, configs: { 'max.message.bytes': `${2 * MIB}` } }),
  shape('clicks', 8, 120, WEB, { configs: { 'retention.ms': `${HOUR_MS}`, 'retention.bytes': `${1024 * MIB}` } }),
  shape('page-views', 6, 100, WEB, { configs: { 'segment.bytes': `${64 * MIB}`, 'compression.type': 'producer' } }),
  shape('fraud-signals', 1, 30, WEB, { keys: 5 }),
  shape('shipments', 4, 40, OFFICE, { configs: { 'retention.ms': `${24 * HOUR_MS}` } }),
  shape('invoices', 4, 40, OFFICE, { valueBytes: 600, configs: { 'compression.type': 'gzip' } }),
  shape('emails', 2, 40, OFFICE, { configs: { 'retention.ms': `${2 * HOUR_MS}`, 'segment.ms': `${HOUR_MS}` } }),
  shape('settlements', 2, 20, OFFICE, { configs: { 'message.timestamp.type': 'LogAppendTime' } }),
  shape('customer-profiles', 3, 30, OFFICE, {
    keys: 60,
    configs: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': `${HOUR_MS}` },
  }),
  shape('ledger-entries', 5, 40, OFFICE, { configs: { 'retention.ms': '-1', 'retention.bytes': '-1' } }),
];

const GROUPS: readonly GroupShape[] = [
  group('billing', ['orders', 'payments', 'invoices', 'settlements', 'inventory']),
  group('fulfilment', ['orders', 'inventory', 'shipments', 'customer-profiles']),
  group('analytics', ['clicks', 'page-views', 'fraud-signals', 'emails']),
  { ...group('archive', ['payments', 'emails', 'customer-profiles', 'ledger-entries']), ...slow(250) },
];

export const DEMO_APPLICATIONS: Applications = { topics: TOPICS, groups: GROUPS, transactionalTopic: 'settlements' };

/** Names of all producer instances. */
export function producersOf({ topics }: Applications): readonly string[] {
  return [...new Set(topics.flatMap(topic => topic.producers))];
}

export function recordsPerSecond({ topics }: Applications): number {
  return topics.reduce((total, topic) => total + topic.recordsPerSecond, 0);
}

function shape(
  topic: string,
  partitions: number,
  perSecond: number,
  producers: readonly string[],
  more: Partial<Pick<TopicShape, 'configs' | 'valueBytes' | 'keys'>>,
): TopicShape {
  return { topic, partitions, recordsPerSecond: perSecond, producers, valueBytes: 100, keys: 40, configs: {}, ...more };
}

function group(name: string, topics: readonly string[]): GroupShape {
  return { group: name, topics, pauseMs: 0, partitionsConsumedConcurrently: 4 };
}

function slow(pauseMs: number) {
  return { pauseMs, partitionsConsumedConcurrently: 1 };
}
