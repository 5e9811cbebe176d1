/**
 * Whether topics hold a record, on a cluster that was to take none: data records only, for markers and aborted batches are nobody's. In
 * doubt a partition that has offsets holds records, and one that was not seen is unknown.
 */
import type { Cluster } from './cluster.ts';
import { readLogEnds } from './log-ends.ts';
import { dataRecordsBetween } from './tail.ts';
import type { LongCall } from './topic-configs.ts';

export type RecordsHeld =
  /** Offsets by topic: at most as many records. */
  | { readonly kind: 'holds'; readonly topics: ReadonlyMap<string, bigint> }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown'; readonly reason: string };

export async function recordsHeld(cluster: Cluster, topics: readonly string[], o: LongCall = {}): Promise<RecordsHeld> {
  const held = new Map<string, bigint>();
  let unknown: string | null = null;
  for (const { topic, partitions } of (await readLogEnds(cluster, topics)).topics) {
    if (partitions.length === 0) unknown ??= `${topic}: its partitions were not found`;
    for (const p of partitions) {
      const where = `${topic}/${p.partition}`;
      const leader = p.kind === 'seen' ? p.replicas.find(r => r.broker === p.leader) : undefined;
      if (p.kind === 'unknown' || leader?.kind !== 'seen') {
        unknown ??= `${where}: ${p.kind === 'unknown' ? p.reason : 'its leader did not tell'}`;
        continue;
      }
      const offsets = BigInt(leader.end) - BigInt(p.start);
      if (offsets <= 0n) continue;
      const range = { topic, partition: p.partition, from: p.start, to: leader.end };
      const data = await dataRecordsBetween(cluster, range, o);
      if (data.kind === 'counted' && data.records === '0') continue;
      held.set(topic, (held.get(topic) ?? 0n) + offsets);
    }
  }
  if (held.size > 0) return { kind: 'holds', topics: held };
  return unknown === null ? { kind: 'empty' } : { kind: 'unknown', reason: unknown };
}
