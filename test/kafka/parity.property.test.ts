import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ConfigFacts, Inventory, TopicFacts } from '../../contract/inventory.ts';
import { DECISIVE_KEYS, type DesiredTopic, desiredTopics, keysGreenLacks, parityDiff } from '../../kafka/parity.ts';
import { byDefault, inventoryOf, override, partitionOf, topicOf } from './facts.ts';

/** Two versions: the newer has other defaults, lacks one key and has one that the older lacks. */
const OLDER: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(DECISIVE_KEYS).map(key => [key, '100'])),
  'index.interval.bytes': '4096',
  'message.format.version': '3.0-IV1',
};
const NEWER: Readonly<Record<string, string>> = {
  ...OLDER,
  'message.timestamp.after.max.ms': '3600000',
  'remote.log.copy.disable': 'false',
};
const newerKeys = new Set(Object.keys(NEWER).filter(key => key !== 'message.format.version'));

describe('parityDiff', () => {
  it('of equal topics is empty', () => {
    fc.assert(fc.property(anyCluster, blue => assert.deepEqual(parityDiff(blue, blue), [])));
  });

  it('sees every single change, and names it', () => {
    fc.assert(
      fc.property(anyCluster, anyChange, fc.nat(), (blue, change, pick) => {
        const victim = blue.topics[pick % blue.topics.length];
        assert.ok(victim);
        const changed = change.apply(victim);
        const green = {
          ...blue,
          topics: blue.topics.flatMap(t => (t.name === victim.name ? (changed === null ? [] : [changed]) : [t])),
        };
        const names = parityDiff(blue, green).map(d => d.name);
        assert.deepEqual(names, [`${victim.name} ${change.what}`]);
        assert.deepEqual(parityDiff(blue, green, names), [], 'waived by name');
      }),
    );
  });

  it('is empty once the desired topics were made, whatever green was', () => {
    fc.assert(
      fc.property(anyCluster, anyCluster, (blue, before) => {
        const created = makeTopics(onGreen(before), desiredTopics(blue, null, newerKeys));
        const made = makeTopics(created, desiredTopics(blue, created, newerKeys));
        // A key that the newer version dropped cannot be made; it is listed, and has to be waived.
        assert.deepEqual(parityDiff(blue, made, ['* message.format.version']), []);
        for (const d of parityDiff(blue, made)) assert.equal(d.kind, 'key-unknown');
      }),
    );
  });

  it('wants nothing more once parity was reached', () => {
    fc.assert(
      fc.property(anyCluster, blue => {
        const created = makeTopics(onGreen(inventoryOf()), desiredTopics(blue, null, newerKeys));
        const made = makeTopics(created, desiredTopics(blue, created, newerKeys));
        assert.deepEqual(makeTopics(made, desiredTopics(blue, made, newerKeys)), made);
      }),
    );
  });

  it('leaves bookkeeping and what only green has alone', () => {
    const blue = inventoryOf({ topics: [topicOf('__consumer_offsets', { internal: true }), topicOf('_bluegreen')] });
    const green = inventoryOf({ topics: [topicOf('extra')] });
    assert.deepEqual(parityDiff(blue, green), []);
    assert.deepEqual(desiredTopics(blue, green, newerKeys), []);
  });
});

describe('desiredTopics', () => {
  it("gives green blue's effective value where the versions' defaults differ", () => {
    const blue = inventoryOf({ topics: [topicOf('orders', { configs: defaults(OLDER) })] });
    const green = inventoryOf({ topics: [topicOf('orders', { configs: defaults(NEWER) })] });
    assert.deepEqual(desiredTopics(blue, green, newerKeys)[0]?.configs, { 'message.timestamp.after.max.ms': '100' });
  });

  it('leaves out a waived key', () => {
    const blue = inventoryOf({ topics: [topicOf('orders', { configs: { 'segment.bytes': override('1000') } })] });
    assert.deepEqual(desiredTopics(blue, null, newerKeys)[0]?.configs, { 'segment.bytes': '1000' });
    assert.deepEqual(desiredTopics(blue, null, newerKeys, ['* segment.bytes'])[0]?.configs, {});
  });
});

describe('keysGreenLacks', () => {
  it('lists the keys that the newer version dropped', () => {
    const blue = inventoryOf({ topics: [topicOf('orders', { configs: defaults(OLDER) })] });
    assert.deepEqual(keysGreenLacks(blue, onGreen(blue)), ['message.format.version']);
  });
});

function defaults(version: Readonly<Record<string, string>>): Record<string, ConfigFacts> {
  return Object.fromEntries(Object.entries(version).map(([key, value]) => [key, byDefault(value)]));
}

/** The same overrides on a cluster of the newer version. */
function onGreen(inventory: Inventory): Inventory {
  return { ...inventory, topics: inventory.topics.map(t => newer(t, overridesOf(t))) };
}

function newer(topic: TopicFacts, overrides: Readonly<Record<string, string>>): TopicFacts {
  const configs = defaults(NEWER);
  delete configs['message.format.version'];
  for (const [key, value] of Object.entries(overrides)) if (newerKeys.has(key)) configs[key] = override(value);
  return { ...topic, configs };
}

function overridesOf(topic: TopicFacts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(topic.configs).flatMap(([key, c]) => (c.source === 'topic' ? [[key, c.value ?? '']] : [])),
  );
}

/** What creating and applying does to a cluster of the newer version: partitions only grow, other overrides stay. */
function makeTopics(green: Inventory, desired: readonly DesiredTopic[]): Inventory {
  const existing = new Map(green.topics.map(t => [t.name, t]));
  return {
    ...green,
    topics: desired.map(d => {
      const there = existing.get(d.topic);
      const overrides = { ...(there === undefined ? {} : overridesOf(there)), ...d.configs };
      return newer({ ...topicOf(d.topic), partitions: partitionsOf(d.partitions, d.replicationFactor) }, overrides);
    }),
  };
}

function partitionsOf(count: number, replicas: number) {
  const brokers = [1, 2, 3].slice(0, replicas);
  return Array.from({ length: count }, (_, p) => partitionOf(p, { replicas: brokers, isr: brokers }));
}

const anyTopic = (name: string): fc.Arbitrary<TopicFacts> =>
  fc
    .record({
      count: fc.integer({ min: 1, max: 4 }),
      replicas: fc.integer({ min: 1, max: 3 }),
      overrides: fc.dictionary(fc.constantFrom(...Object.keys(OLDER)), fc.constantFrom('1', '100', '7'), {
        maxKeys: 4,
      }),
    })
    .map(({ count, replicas, overrides }) => ({
      ...topicOf(name),
      partitions: partitionsOf(count, replicas),
      configs: {
        ...defaults(OLDER),
        ...Object.fromEntries(Object.entries(overrides).map(([key, value]) => [key, override(value)])),
      },
    }));

const anyCluster: fc.Arbitrary<Inventory> = fc
  .uniqueArray(fc.constantFrom('orders', 'payments', 'audit'), { minLength: 1 })
  .chain(names => fc.tuple(...names.map(anyTopic)))
  .map(topics => inventoryOf({ topics }));

const anyChange: fc.Arbitrary<{ what: string; apply(topic: TopicFacts): TopicFacts | null }> = fc.oneof(
  fc.constant({ what: 'topic', apply: () => null }),
  fc.constant({
    what: 'partitions',
    apply: (t: TopicFacts) => ({
      ...t,
      partitions: [...t.partitions, { ...partitionOf(99), replicas: t.partitions[0]?.replicas ?? [] }],
    }),
  }),
  fc.constant({
    what: 'replication-factor',
    apply: (t: TopicFacts) => ({ ...t, partitions: t.partitions.map(p => ({ ...p, replicas: [...p.replicas, 4] })) }),
  }),
  fc.constantFrom(...Object.keys(DECISIVE_KEYS)).map(key => ({
    what: key,
    apply: (t: TopicFacts) => ({
      ...t,
      configs: { ...t.configs, [key]: { ...(t.configs[key] ?? byDefault('')), value: '31415' } },
    }),
  })),
  fc.constant({
    what: 'index.interval.bytes',
    apply: (t: TopicFacts) => ({ ...t, configs: { ...t.configs, 'index.interval.bytes': override('31415') } }),
  }),
  fc.constant({
    what: 'key.of.green.only',
    apply: (t: TopicFacts) => ({ ...t, configs: { ...t.configs, 'key.of.green.only': override('31415') } }),
  }),
);
