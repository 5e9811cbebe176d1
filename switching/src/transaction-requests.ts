/**
 * The requests of a transaction (KIP-98), each with the error code that its answer comes down to. In the versions that leave the
 * producer's epoch as it is: the answer to one that is sent twice then tells what became of the first. Pure.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { WireCall } from './wire-call.ts';

const FETCH = 1;
const FIND_COORDINATOR = 10;
const INIT_PRODUCER_ID = 22;
const ADD_PARTITIONS = 24;
const ADD_OFFSETS = 25;
const END = 26;
const COMMIT_OFFSETS = 28;
const ORDINARY_CLIENT = -1;
const READ_COMMITTED = 1;
const LITTLE_BYTES = 1;
/** Of a partition that was not looked at because another one of the request was refused. */
const NOT_ATTEMPTED = 55;

/** What a broker that coordinates takes care of, as FindCoordinator numbers it. */
export const coordinatorKinds = { group: 0, transaction: 1 } as const;
export type CoordinatorKind = keyof typeof coordinatorKinds;

/** Who asks, of all requests within a transaction. */
export interface TransactionIdentity {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

export function findCoordinator(
  kind: CoordinatorKind,
  key: string,
): WireCall<{ readonly errorCode: number; readonly nodeId: number }> {
  const writer = new ByteWriter(64);
  writer.string(key);
  writer.int8(coordinatorKinds[kind]);
  return {
    ...called('FindCoordinator', FIND_COORDINATOR, writer),
    decode: payload => {
      const reader = afterThrottle(payload);
      const errorCode = reader.int16();
      reader.string();
      return { errorCode, nodeId: reader.int32() };
    },
  };
}

/**
 * Version 3 (KIP-360): with the identity that the asker has, so that one whose place was taken does not take it back. Without
 * one it takes the id from whoever has it. Flexible: kafkajs's header has no tagged fields, so the body begins with them.
 */
export function initProducerId(
  transactionalId: string,
  timeoutMs: number,
  held: { readonly producerId: string; readonly producerEpoch: number } | null,
): WireCall<{ readonly errorCode: number; readonly producerId: string; readonly producerEpoch: number }> {
  const writer = new ByteWriter(transactionalId.length + 32);
  writer.noTags();
  writer.compactString(transactionalId);
  writer.int32(timeoutMs);
  writer.int64(BigInt(held?.producerId ?? -1));
  writer.int16(held?.producerEpoch ?? -1);
  writer.noTags();
  return {
    ...called('InitProducerId', INIT_PRODUCER_ID, writer, 3),
    decode: payload => {
      const reader = afterThrottle(payload, 1);
      const errorCode = reader.int16();
      return { errorCode, producerId: reader.int64().toString(), producerEpoch: reader.int16() };
    },
  };
}

export function addPartitions(identity: TransactionIdentity, topics: readonly TopicPartitions[]): WireCall<number> {
  const writer = identified(identity);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const partition of partitions) writer.int32(partition);
  }
  return { ...called('AddPartitionsToTxn', ADD_PARTITIONS, writer), decode: worstOfPartitions };
}

export function addOffsets(identity: TransactionIdentity, groupId: string): WireCall<number> {
  const writer = identified(identity);
  writer.string(groupId);
  return { ...called('AddOffsetsToTxn', ADD_OFFSETS, writer), decode: payload => afterThrottle(payload).int16() };
}

export function commitOffsets(
  { transactionalId, producerId, producerEpoch }: TransactionIdentity,
  groupId: string,
  topics: readonly TopicOffsets[],
): WireCall<number> {
  const writer = new ByteWriter(256);
  writer.string(transactionalId);
  writer.string(groupId);
  writer.int64(BigInt(producerId));
  writer.int16(producerEpoch);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, offset } of partitions) {
      writer.int32(partition);
      writer.int64(BigInt(offset));
      writer.string(null);
    }
  }
  return { ...called('TxnOffsetCommit', COMMIT_OFFSETS, writer), decode: worstOfPartitions };
}

export function endTransaction(identity: TransactionIdentity, commit: boolean): WireCall<number> {
  const writer = identified(identity);
  writer.int8(commit ? 1 : 0);
  return { ...called('EndTxn', END, writer), decode: payload => afterThrottle(payload).int16() };
}

/** `open`: it is not decided yet. Of the producer's transaction that holds the record at this offset. */
export type LoggedFate = 'committed' | 'aborted' | 'open';

/** A read_committed fetch of one record, whose answer names the aborted transactions among what it returns. */
export function fetchFate(topic: string, partition: number, offset: string, producerId: string): WireCall<LoggedFate> {
  const writer = new ByteWriter(128);
  writer.int32(ORDINARY_CLIENT);
  writer.int32(0);
  writer.int32(0);
  writer.int32(LITTLE_BYTES);
  writer.int8(READ_COMMITTED);
  writer.int32(1);
  writer.string(topic);
  writer.int32(1);
  writer.int32(partition);
  writer.int64(BigInt(offset));
  writer.int32(LITTLE_BYTES);
  const decode = (payload: Buffer): LoggedFate => {
    const reader = afterThrottle(payload);
    reader.int32();
    reader.string();
    reader.int32();
    reader.int32();
    const errorCode = reader.int16();
    if (errorCode !== 0)
      throw new Error(`A fetch of ${topic}, partition ${partition}, was answered with ${errorCode}.`);
    reader.int64();
    if (reader.int64() <= BigInt(offset)) return 'open';
    const aborted = reader.array(() => ({ producer: reader.int64(), from: reader.int64() }));
    const mine = aborted.some(({ producer, from }) => producer === BigInt(producerId) && from <= BigInt(offset));
    return mine ? 'aborted' : 'committed';
  };
  return { ...called('Fetch', FETCH, writer, 4), decode };
}

function called(name: string, apiKey: number, { bytes: body }: ByteWriter, apiVersion = 1) {
  return { name, apiKey, apiVersion, body };
}

function identified({ transactionalId, producerId, producerEpoch }: TransactionIdentity): ByteWriter {
  const writer = new ByteWriter(128);
  writer.string(transactionalId);
  writer.int64(BigInt(producerId));
  writer.int16(producerEpoch);
  return writer;
}

/** `tags` is how many bytes of the answer's header kafkajs leaves in. */
function afterThrottle(payload: Buffer, tags = 0): ByteReader {
  const reader = new ByteReader(payload, tags);
  reader.int32();
  return reader;
}

/** 0, or the code of a partition that was refused for itself. */
function worstOfPartitions(payload: Buffer): number {
  const reader = afterThrottle(payload);
  const codes = reader
    .array(() => {
      reader.string();
      return reader.array(() => {
        reader.int32();
        return reader.int16();
      });
    })
    .flat()
    .filter(code => code !== 0);
  return codes.find(code => code !== NOT_ATTEMPTED) ?? codes[0] ?? 0;
}
