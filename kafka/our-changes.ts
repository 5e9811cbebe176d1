/**
 * The changes that keep and fence are made of, there and back. Every one names the states it starts from, so that each can
 * be repeated after a crash at any point, and none passes over what somebody else set.
 */
import { type Original, type Originals, originalFor } from './originals.ts';
import { FENCE_KEY, type FenceLimit, KEEP } from './our-values.ts';
import type { TopicChange } from './topic-configs.ts';

const value = (text: string | number): Original => ({ kind: 'value', value: String(text) });

export function keepOn(topics: readonly string[], originals: Originals): TopicChange[] {
  return eachKept(topics, originals, (kept, original) => ({ to: kept, from: [original] }));
}

export function keepOff(topics: readonly string[], originals: Originals): TopicChange[] {
  return eachKept(topics, originals, (kept, original) => ({ to: original, from: [kept] }));
}

/** A topic already at 1 stays there when 78 is asked for: what the looser fence waits for is behind it. */
export function fenceOn(topics: readonly string[], limit: FenceLimit, originals: Originals): TopicChange[] {
  return topics.map(topic => {
    const original = originalFor(originals, topic, FENCE_KEY);
    return limit === 78
      ? { topic, key: FENCE_KEY, to: value(78), from: [original], orAlready: [value(1)] }
      : { topic, key: FENCE_KEY, to: value(1), from: [original, value(78)] };
  });
}

export function fenceOff(topics: readonly string[], originals: Originals): TopicChange[] {
  return topics.map(topic => ({
    topic,
    key: FENCE_KEY,
    to: originalFor(originals, topic, FENCE_KEY),
    from: [value(78), value(1)],
  }));
}

function eachKept(
  topics: readonly string[],
  originals: Originals,
  direction: (kept: Original, original: Original) => Pick<TopicChange, 'to' | 'from'>,
): TopicChange[] {
  return topics.flatMap(topic =>
    Object.entries(KEEP).map(([key, kept]) => ({
      topic,
      key,
      ...direction(value(kept), originalFor(originals, topic, key)),
    })),
  );
}
