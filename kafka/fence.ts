/**
 * The fence: with `max.message.bytes` below the size of the smallest batch a broker refuses every produce to the topic,
 * whatever its acks, connection or user, without an acknowledgement; reads and commits go on. At 78 bytes transaction
 * markers still fit (they are exactly that long), so that open transactions can end; at 1 nothing fits.
 * It holds only where a partition's leader was seen refusing: a setting alone proves nothing.
 */
import type { Cluster } from './cluster.ts';
import { describeOriginal, type Original, type Originals, originalOf, sameOriginal } from './originals.ts';
import { fenceOff, fenceOn } from './our-changes.ts';
import { FENCE_KEY, type FenceLimit } from './our-values.ts';
import { type ProbedPartition, type ProbeSize, probePartitions } from './probe.ts';
import { readTopicConfigs } from './read-configs.ts';
import { pauseFor } from './retry.ts';
import { type ConfigsChanged, changeTopicConfigs, type LongCall } from './topic-configs.ts';

export { OUR_KEYS } from './our-values.ts';

/** Fences the topics. A topic already fenced at 1 stays so when 78 is asked for. */
export async function setFence(
  cluster: Cluster,
  topics: readonly string[],
  limit: FenceLimit,
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, fenceOn(topics, limit, originals), o);
}

/** Puts the original limit back. That writes are taken again is proved by `proveLifted`. */
export async function liftFence(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: LongCall = {},
): Promise<ConfigsChanged> {
  return changeTopicConfigs(cluster, fenceOff(topics, originals), o);
}

/** Topics whose setting is not the closed fence any more, each with what is set instead. A look, no proof. */
export async function openedFences(
  cluster: Cluster,
  topics: readonly string[],
  o: LongCall = {},
): Promise<{ readonly topic: string; readonly seen: string }[]> {
  const configs = await readTopicConfigs(cluster, topics, [FENCE_KEY], o);
  return topics.flatMap(topic => {
    const found = configs.get(topic);
    const seen = originalOf(found?.[FENCE_KEY]);
    return found === undefined || sameOriginal(seen, CLOSED) ? [] : [{ topic, seen: describeOriginal(seen) }];
  });
}

const CLOSED: Original = { kind: 'value', value: '1' };

export interface ProofPatience extends LongCall {
  /** How long to go on probing partitions that did not answer as wanted; 20 s by default. */
  readonly withinMs?: number;
}

/** Probes every partition's leader until all refuse or time is up. `limit` 1 also proves that what fits in 78 bytes is refused. */
export function proveFence(
  cluster: Cluster,
  topics: readonly string[],
  limit: FenceLimit,
  o: ProofPatience = {},
): Promise<ProbedPartition[]> {
  return prove(cluster, topics, 'fenced', limit === 78 ? 'above-78' : 'below-78', o);
}

/** Probes every partition's leader until all take writes again (up to the check of the CRC) or time is up. */
export function proveLifted(
  cluster: Cluster,
  topics: readonly string[],
  o: ProofPatience = {},
): Promise<ProbedPartition[]> {
  return prove(cluster, topics, 'open', 'above-78', o);
}

async function prove(
  cluster: Cluster,
  topics: readonly string[],
  wanted: 'fenced' | 'open',
  size: ProbeSize,
  o: ProofPatience,
): Promise<ProbedPartition[]> {
  const deadline = Date.now() + (o.withinMs ?? 20_000);
  const proved: ProbedPartition[] = [];
  for (let left: readonly string[] = topics; ; ) {
    const probed = await probePartitions(cluster, left, size, o.signal);
    const byTopic = Map.groupBy(probed, p => p.topic);
    // A topic is proved as a whole: one whose partitions are half proved is probed again, leaders may have moved.
    const missing = left.filter(topic => byTopic.get(topic)?.every(p => p.kind === wanted) !== true);
    const again = new Set(missing);
    proved.push(...probed.filter(p => !again.has(p.topic)));
    o.progress?.({ proving: wanted, topicsLeft: missing.length });
    if (missing.length === 0) return proved;
    if (Date.now() > deadline) return [...proved, ...probed.filter(p => again.has(p.topic))];
    left = missing;
    await pauseFor(200, o.signal);
  }
}
