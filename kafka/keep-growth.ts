/**
 * How fast records fill the disks while keep lets nothing expire: from two samples of the ends and the size that records have had
 * so far. An estimate over a moment, for a person to look at; it decides nothing. Pure.
 */
import { formatDuration } from '../contract/duration.ts';
import type { Inventory, TopicFacts } from '../contract/inventory.ts';
import { type EndsSample, movement } from './movement.ts';

/** Bytes a second on each broker's disks, by broker id: every replica is written. Topics that were not seen to move count nothing. */
export function bytesPerSecond(
  inventory: Inventory,
  before: EndsSample,
  after: EndsSample,
): ReadonlyMap<number, number> {
  const rates = new Map<number, number>();
  const topics = new Map(inventory.topics.map(t => [t.name, t]));
  for (const moved of movement(before, after)) {
    const topic = topics.get(moved.topic);
    if (topic === undefined || moved.kind !== 'moved') continue;
    const perPartition = (moved.perSecond * bytesPerRecord(topic)) / Math.max(1, topic.partitions.length);
    for (const broker of topic.partitions.flatMap(p => p.replicas))
      rates.set(broker, (rates.get(broker) ?? 0) + perPartition);
  }
  return rates;
}

/** Names the broker whose disks would be full first, if that is before the records may be let go. */
export function growthNotes(
  rates: ReadonlyMap<number, number>,
  diskBytes: ReadonlyMap<number, bigint>,
  keptForMs: number,
): string[] {
  const [first] = [...rates]
    .flatMap(([broker, rate]) => {
      const disk = diskBytes.get(broker);
      return disk === undefined || disk <= 0n || rate <= 0
        ? []
        : [{ broker, rate, fullMs: (Number(disk) / rate) * 1_000 }];
    })
    .toSorted((a, b) => a.fullMs - b.fullMs);
  if (first === undefined || first.fullMs >= keptForMs) return [];
  const hours = Math.max(1, Math.floor(first.fullMs / 3_600_000));
  return [
    `Broker ${first.broker} takes about ${Math.round(first.rate / 1_000)} kB/s now. A green with disks of the same size would be full after some ${hours} h, and may have to keep everything for ${formatDuration(keptForMs)} (drain.deadline and bake): give green larger disks, or see that its groups are faster.`,
  ];
}

/** Over all partitions whose ends and sizes are known; compressed, with its share of the indexes, as it lies on the disk. */
function bytesPerRecord(topic: TopicFacts): number {
  let bytes = 0n;
  let records = 0n;
  for (const { start, end, sizeBytes } of topic.partitions) {
    if (start === null || end === null || sizeBytes === null) continue;
    bytes += BigInt(sizeBytes);
    records += BigInt(end) - BigInt(start);
  }
  return records === 0n ? 0 : Number(bytes) / Number(records);
}
