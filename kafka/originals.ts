/**
 * A topic's key as it was before we touched it: a value of its own, or none. What was absent is put back by deleting the
 * override, never by writing the default: a default may change, an override would not follow it.
 */
import type { ConfigFacts } from '../contract/inventory.ts';
import type { Cluster } from './cluster.ts';
import { KafkaTrouble } from './errors.ts';
import { readTopicConfigs } from './read-configs.ts';

/** A topic-level override, or its absence. */
export type Original = { readonly kind: 'value'; readonly value: string } | { readonly kind: 'absent' };

/** By topic, then by config key. Plain JSON: this is what evidence keeps. */
export type Originals = Readonly<Record<string, Readonly<Record<string, Original>>>>;

/** What to do about a key: nothing, change it, or stop because somebody else changed it. */
export type Decision =
  | { readonly kind: 'done' }
  | { readonly kind: 'apply' }
  | { readonly kind: 'hold'; readonly seen: Original };

/**
 * Looks at the override as it is now. `ours` is the state wanted (several when more than one is good enough, the first is
 * the one applied); `original` the states it may be changed from. Anything else is somebody's own change, and stays.
 */
export function decide(o: {
  readonly current: Original;
  readonly ours: Original | readonly Original[];
  readonly original: Original | readonly Original[];
}): Decision {
  const isOneOf = (states: Original | readonly Original[]) => [states].flat().some(s => sameOriginal(s, o.current));
  if (isOneOf(o.ours)) return { kind: 'done' };
  if (isOneOf(o.original)) return { kind: 'apply' };
  return { kind: 'hold', seen: o.current };
}

export function sameOriginal(a: Original, b: Original): boolean {
  return a.kind === 'value' ? b.kind === 'value' && a.value === b.value : b.kind === 'absent';
}

export function describeOriginal(o: Original): string {
  return o.kind === 'value' ? o.value : 'no override';
}

/** The override in an effective config: only what is set on the topic itself counts. */
export function originalOf(config: ConfigFacts | undefined): Original {
  return config?.source === 'topic' && config.value !== null
    ? { kind: 'value', value: config.value }
    : { kind: 'absent' };
}

/** The original of `key` on `topic`; a KafkaTrouble when evidence has none, because then nothing may be changed. */
export function originalFor(originals: Originals, topic: string, key: string): Original {
  const original = originals[topic]?.[key];
  if (original !== undefined) return original;
  throw new KafkaTrouble(
    `Expected the original ${key} of topic ${topic} in evidence, but there is none, so it is not touched. Topics created after the originals were saved need a decision.`,
    { kind: 'refused', retriable: false },
  );
}

/** Reads the originals of `keys` on `topics` from the cluster. Must run before the first change, and never after one. */
export async function readOriginals(
  cluster: Cluster,
  topics: readonly string[],
  keys: readonly string[],
  o: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Originals> {
  const configs = await readTopicConfigs(cluster, topics, keys, o);
  return Object.fromEntries(
    topics.map(topic => {
      const found = configs.get(topic);
      if (found === undefined)
        throw new KafkaTrouble(
          `Expected topic ${topic} on cluster ${cluster.clusterId}, but it is gone. Check whether it was deleted.`,
          { kind: 'unknown-topic', retriable: false },
        );
      return [topic, Object.fromEntries(keys.map(key => [key, originalOf(found[key])]))];
    }),
  );
}
