import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decide, type Original, type Originals, originalFor, originalOf } from '../../kafka/originals.ts';
import { fenceOff, fenceOn, keepOff, keepOn } from '../../kafka/our-changes.ts';
import { OUR_KEYS } from '../../kafka/our-values.ts';
import type { TopicChange } from '../../kafka/topic-configs.ts';

const absent: Original = { kind: 'absent' };
const value = (text: string): Original => ({ kind: 'value', value: text });

describe('decide', () => {
  it('does nothing where ours stands already', () => {
    assert.deepEqual(decide({ current: value('1'), ours: value('1'), original: absent }), { kind: 'done' });
  });

  it('applies where the original stands', () => {
    assert.deepEqual(decide({ current: absent, ours: value('1'), original: absent }), { kind: 'apply' });
    assert.deepEqual(decide({ current: value('9'), ours: value('1'), original: value('9') }), { kind: 'apply' });
  });

  it('holds on anything else and says what it saw', () => {
    const seen = value('5');
    assert.deepEqual(decide({ current: seen, ours: value('1'), original: absent }), { kind: 'hold', seen });
    assert.deepEqual(decide({ current: absent, ours: value('1'), original: value('9') }), {
      kind: 'hold',
      seen: absent,
    });
  });

  it('never changes a state that is neither ours nor the original', () => {
    fc.assert(
      fc.property(anyOriginal, anyOriginal, anyOriginal, (current, ours, original) => {
        const decision = decide({ current, ours, original });
        if (same(current, ours)) assert.equal(decision.kind, 'done');
        else assert.equal(decision.kind, same(current, original) ? 'apply' : 'hold');
      }),
    );
  });
});

describe('originalOf', () => {
  it('sees an override only where it is set on the topic itself', () => {
    assert.deepEqual(originalOf({ value: '5', source: 'topic' }), value('5'));
    for (const source of ['broker', 'default', 'other'] as const)
      assert.deepEqual(originalOf({ value: '5', source }), absent);
    assert.deepEqual(originalOf(undefined), absent);
  });
});

describe('originalFor', () => {
  it('refuses to guess the original of a topic that is not in evidence', () => {
    assert.throws(() => originalFor({}, 'orders', 'retention.ms'), /original retention.ms of topic orders in evidence/);
  });
});

describe('keep and fence, there and back', () => {
  it('end at the originals, whatever was interrupted and repeated on the way', () => {
    fc.assert(
      fc.property(anyOriginals, fc.array(fc.nat(200), { maxLength: 12 }), (originals, interruptions) => {
        const topics = Object.keys(originals);
        const cluster = new ModelCluster(originals);
        const cuts = [...interruptions];
        const run = (changes: TopicChange[]) => {
          // Each interruption ends a try after some of its single changes; the next try starts over.
          for (let cut = cuts.shift(); cut !== undefined && cut < changes.length; cut = cuts.shift())
            assert.deepEqual(cluster.apply(changes, cut), []);
          assert.deepEqual(cluster.apply(changes), []);
        };
        run(keepOn(topics, originals));
        run(fenceOn(topics, 78, originals));
        run(fenceOn(topics, 1, originals));
        run(fenceOn(topics, 78, originals));
        for (const topic of topics) {
          assert.deepEqual(cluster.state(topic, 'max.message.bytes'), value('1'));
          assert.deepEqual(cluster.state(topic, 'retention.ms'), value('-1'));
          assert.deepEqual(cluster.state(topic, 'retention.bytes'), value('-1'));
        }
        run(fenceOff(topics, originals));
        run(keepOff(topics, originals));
        for (const topic of topics)
          for (const key of OUR_KEYS) assert.deepEqual(cluster.state(topic, key), originals[topic]?.[key]);
      }),
    );
  });

  it('are undone from any point they were interrupted at', () => {
    fc.assert(
      fc.property(anyOriginals, fc.nat(200), (originals, steps) => {
        const topics = Object.keys(originals);
        const cluster = new ModelCluster(originals);
        const forward = [
          ...keepOn(topics, originals),
          ...fenceOn(topics, 78, originals),
          ...fenceOn(topics, 1, originals),
        ];
        cluster.apply(forward, steps);
        assert.deepEqual(cluster.apply(fenceOff(topics, originals)), []);
        assert.deepEqual(cluster.apply(keepOff(topics, originals)), []);
        for (const topic of topics)
          for (const key of OUR_KEYS) assert.deepEqual(cluster.state(topic, key), originals[topic]?.[key]);
      }),
    );
  });

  it('hold on a third value somebody set by hand, and leave it there', () => {
    fc.assert(
      fc.property(anyOriginals, fc.constantFrom(...OUR_KEYS), fc.nat(), (originals, key, pick) => {
        const topics = Object.keys(originals);
        const cluster = new ModelCluster(originals);
        cluster.apply([...keepOn(topics, originals), ...fenceOn(topics, 1, originals)]);
        const touched = topics[pick % topics.length] ?? '';
        cluster.set(touched, key, value('31415'));
        const held = cluster.apply([...fenceOff(topics, originals), ...keepOff(topics, originals)]);
        assert.deepEqual(held, [`${touched} ${key}`]);
        assert.deepEqual(cluster.state(touched, key), value('31415'));
      }),
    );
  });
});

function same(a: Original, b: Original): boolean {
  return a.kind === 'value' && b.kind === 'value' ? a.value === b.value : a.kind === b.kind;
}

/** The states of overrides, changed one by one as the real code changes them: look, decide, apply. */
class ModelCluster {
  readonly #states = new Map<string, Original>();

  constructor(originals: Originals) {
    for (const [topic, keys] of Object.entries(originals))
      for (const [key, original] of Object.entries(keys)) this.#states.set(`${topic} ${key}`, original);
  }

  state(topic: string, key: string): Original {
    return this.#states.get(`${topic} ${key}`) ?? absent;
  }

  set(topic: string, key: string, state: Original): void {
    this.#states.set(`${topic} ${key}`, state);
  }

  /** Applies at most the first `cut` changes; the keys that hold. */
  apply(changes: readonly TopicChange[], cut = changes.length): string[] {
    return changes.slice(0, cut).flatMap(({ topic, key, to, from, orAlready }) => {
      const current = this.state(topic, key);
      const decision = decide({ current, ours: [to, ...(orAlready ?? [])], original: from });
      if (decision.kind === 'apply') this.set(topic, key, to);
      return decision.kind === 'hold' ? [`${topic} ${key}`] : [];
    });
  }
}

const anyOriginal: fc.Arbitrary<Original> = fc.oneof(
  fc.constant(absent),
  fc.constantFrom('-1', '1', '78', '1000', '604800000').map(value),
);

const anyOriginals: fc.Arbitrary<Originals> = fc
  .uniqueArray(fc.constantFrom('orders', 'payments', 'audit', 'events'), { minLength: 1 })
  .chain(topics => {
    const keys = Object.fromEntries(OUR_KEYS.map(key => [key, anyOriginal]));
    return fc.record(Object.fromEntries(topics.map(topic => [topic, fc.record(keys)])));
  });
