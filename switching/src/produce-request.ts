/** One Produce request (versions 3 to 7 are written alike) for batches of several partitions, and what its answer says of each. */
import errors from 'kafkajs/src/protocol/error.js';
import { ByteWriter } from './byte-writer.ts';

const ALL_REPLICAS = -1;
/** Around the batches: the request's own fields, and those of a topic and a partition beside the topic's name. */
const FRAME_BYTES = 64;
/** From here on a part of its own costs less than a copy. */
const LARGE_BYTES = 8_192;

export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  /** A record batch as a log holds it. */
  readonly recordSet: Buffer;
}

export interface StoredBatch {
  readonly baseOffset: string;
  readonly logAppendTime?: string;
  readonly logStartOffset?: string;
}

/** As kafkajs decodes it. */
export interface ProduceAnswer {
  readonly clientSideThrottleTime?: number;
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly (StoredBatch & { readonly partition: number; readonly errorCode: number })[];
  }[];
}

/** The body after the request's header, in parts: large batches are not copied. No partition may come twice. */
export function encodeProduce(
  batches: readonly EncodedBatch[],
  { transactionalId, timeoutMs }: { readonly transactionalId: string | null; readonly timeoutMs: number },
): readonly Buffer[] {
  const parts: Buffer[] = [];
  const byTopic = groupByTopic(batches);
  let writer = new ByteWriter(sizeOfCopied(batches));
  writer.string(transactionalId);
  writer.int16(ALL_REPLICAS);
  writer.int32(timeoutMs);
  writer.int32(byTopic.size);
  for (const [topic, partitions] of byTopic) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, recordSet } of partitions) {
      writer.int32(partition);
      writer.int32(recordSet.length);
      if (recordSet.length < LARGE_BYTES) {
        writer.ensure(recordSet.length);
        writer.content(recordSet, recordSet.length);
      } else {
        parts.push(writer.bytes, recordSet);
        writer = new ByteWriter(FRAME_BYTES);
      }
    }
  }
  return [...parts, writer.bytes];
}

function sizeOfCopied(batches: readonly EncodedBatch[]): number {
  let size = FRAME_BYTES;
  for (const { topic, recordSet } of batches)
    size += FRAME_BYTES + topic.length + (recordSet.length < LARGE_BYTES ? recordSet.length : 0);
  return size;
}

function groupByTopic(batches: readonly EncodedBatch[]): ReadonlyMap<string, readonly EncodedBatch[]> {
  const byTopic = new Map<string, EncodedBatch[]>();
  for (const batch of batches) {
    const others = byTopic.get(batch.topic);
    if (others === undefined) byTopic.set(batch.topic, [batch]);
    else others.push(batch);
  }
  return byTopic;
}

/** What became of one batch; a refusal is kafkajs's error, with its `type`. */
export function fateOf({ topic, partition }: EncodedBatch, answer: ProduceAnswer): StoredBatch | Error {
  const told = answer.topics
    .find(({ topicName }) => topicName === topic)
    ?.partitions.find(candidate => candidate.partition === partition);
  if (told === undefined) return new Error(`The answer to a produce to ${topic} lacks partition ${partition}.`);
  return told.errorCode === 0 ? told : errors.createErrorFromCode(told.errorCode);
}
