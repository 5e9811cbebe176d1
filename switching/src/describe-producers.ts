/** DescribeProducers (KIP-664), which kafkajs lacks: what a partition's leader holds of each producer that wrote to it. Pure. */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { WireCall } from './wire-call.ts';

const DESCRIBE_PRODUCERS = 61;
const ONE = 1;

export interface ActiveProducers {
  readonly errorCode: number;
  readonly producers: readonly {
    readonly producerId: string;
    readonly producerEpoch: number;
    /** Negative before its first batch. */
    readonly lastSequence: number;
  }[];
}

/** Version 0, flexible: kafkajs's header has no tagged fields, so the body begins with them, and so does the answer's. */
export function describeProducers(topic: string, partition: number): WireCall<ActiveProducers> {
  const writer = new ByteWriter(topic.length + 32);
  writer.noTags();
  writer.compactCount(ONE);
  writer.compactString(topic);
  writer.compactCount(ONE);
  writer.int32(partition);
  writer.noTags();
  writer.noTags();
  return { name: 'DescribeProducers', apiKey: DESCRIBE_PRODUCERS, apiVersion: 0, body: writer.bytes, decode };
}

function decode(payload: Buffer): ActiveProducers {
  const reader = new ByteReader(payload);
  reader.tags();
  reader.int32();
  const [found] = reader
    .compactArray(() => {
      reader.compactString();
      const partitions = reader.compactArray(() => decodePartition(reader));
      reader.tags();
      return partitions;
    })
    .flat();
  if (found === undefined) throw new Error('The answer to DescribeProducers names no partition.');
  return found;
}

function decodePartition(reader: ByteReader): ActiveProducers {
  reader.int32();
  const errorCode = reader.int16();
  reader.compactString();
  const producers = reader.compactArray(() => {
    const producerId = reader.int64().toString();
    const producerEpoch = reader.int32();
    const lastSequence = reader.int32();
    reader.int64();
    reader.int32();
    reader.int64();
    reader.tags();
    return { producerId, producerEpoch, lastSequence };
  });
  reader.tags();
  return { errorCode, producers };
}
