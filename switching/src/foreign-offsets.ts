/**
 * Whether a group's offsets may be committed in a transaction: only when the group reads the cluster the transaction writes to,
 * as signpost and ticket say, and a consumer of this process, where there is one, was given those offsets there.
 */
import type { TopicOffsets } from 'kafkajs';
import type { BlueGreenOptions } from './options.ts';
import { readersOf } from './readers.ts';
import { ReadingGuide } from './reading-guide.ts';
import type { ClusterId, Signpost } from './signpost.ts';
import { OffsetsOfAnotherCluster } from './transaction-errors.ts';
import type { Standing } from './watcher.ts';
import type { ReadingPlace } from './where-to-read.ts';

/** Rejects with OffsetsOfAnotherCluster; as soon as the signal is aborted too, when it is not known yet. */
export async function refuseForeign(
  options: BlueGreenOptions,
  standing: Standing | null,
  cluster: ClusterId,
  { groupId, topics }: { readonly groupId: string; readonly topics: readonly TopicOffsets[] },
  signal: AbortSignal,
): Promise<void> {
  const foreign = (why: string): Error => new OffsetsOfAnotherCluster(groupId, cluster, why);
  if (standing === null) throw foreign(`it is not known which cluster group ${groupId} reads`);
  if (standing.kind === 'signpost') {
    const place = await placeOf(standing, ReadingGuide.of(options, groupId), signal);
    if (place.kind === 'undecided') {
      throw foreign(`it is not known which cluster group ${groupId} reads: ${place.reason}`);
    }
    if (place.id !== cluster) throw foreign(`group ${groupId} reads cluster ${place.id}`);
  }
  const readers = readersOf(options.record, groupId);
  if (readers.length === 0) return;
  for (const { topic, partitions } of topics) {
    for (const { partition, offset } of partitions) {
      const given = readers.some(reader => reader.cluster === cluster && reader.covers(topic, partition, offset));
      if (!given) throw foreign(`offset ${offset} of ${topic}, partition ${partition}, was not read from it`);
    }
  }
}

async function placeOf(
  { signpost }: { readonly signpost: Signpost },
  guide: ReadingGuide,
  signal: AbortSignal,
): Promise<ReadingPlace> {
  try {
    return await guide.place(signpost, signal);
  } finally {
    await guide.close();
  }
}
