/**
 * The three requests the auditor needs, in the newest versions without tagged fields: Metadata 8, ListOffsets 5, Fetch 11.
 * Kafka 3.9 and 4.x both answer them.
 */
import type { AbortedTransaction } from './committed.ts';
import { WireReader, WireWriter } from './wire.ts';

export interface Request<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly body: Buffer;
  readonly read: (answer: WireReader) => Answer;
}

export interface ClusterMetadata {
  readonly clusterId: string;
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly {
    readonly name: string;
    readonly internal: boolean;
    readonly errorCode: number;
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
  }[];
}

export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

export interface FetchFrom extends PartitionName {
  readonly offset: number;
}

export interface FetchedPartition extends PartitionName {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStart: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

export interface ListedOffset extends PartitionName {
  readonly errorCode: number;
  readonly offset: number;
}

const READ_COMMITTED = 1;
const NO_LEADER_EPOCH = -1;
const NOT_A_REPLICA = -1;
const LATEST = -1;

/** Brokers and every topic. */
export function metadataRequest(): Request<ClusterMetadata> {
  const allTopics = -1;
  return {
    apiKey: 3,
    apiVersion: 8,
    body: new WireWriter().int32(allTopics).int8(0).int8(0).int8(0).toBuffer(),
    read(answer) {
      answer.int32();
      const brokers = answer.array(() => {
        const broker = { id: answer.int32(), host: answer.string(), port: answer.int32() };
        answer.nullableString();
        return broker;
      });
      const clusterId = answer.string();
      answer.int32();
      const topics = answer.array(() => {
        const errorCode = answer.int16();
        const name = answer.string();
        const internal = answer.boolean();
        const partitions = answer.array(() => {
          answer.int16();
          const partition = answer.int32();
          const leader = answer.int32();
          answer.int32();
          for (let list = 0; list < 3; list += 1) answer.array(() => answer.int32());
          return { partition, leader };
        });
        answer.int32();
        return { name, internal, errorCode, partitions };
      });
      return { clusterId, brokers, topics };
    },
  };
}

/** The last stable offset of each partition: the end that a read_committed reader can reach. */
export function endOffsetsRequest(partitions: readonly PartitionName[]): Request<ListedOffset[]> {
  const writer = new WireWriter().int32(NOT_A_REPLICA).int8(READ_COMMITTED);
  writer.array([...byTopic(partitions)], ([topic, wanted]) => {
    writer.string(topic).array(wanted, ({ partition }) => {
      writer.int32(partition).int32(NO_LEADER_EPOCH).int64(LATEST);
    });
  });
  return {
    apiKey: 2,
    apiVersion: 5,
    body: writer.toBuffer(),
    read(answer) {
      answer.int32();
      return answer
        .array(() => {
          const topic = answer.string();
          return answer.array(() => {
            const partition = answer.int32();
            const errorCode = answer.int16();
            answer.bigint64();
            const offset = answer.int64();
            answer.int32();
            return { topic, partition, errorCode, offset };
          });
        })
        .flat();
    },
  };
}

/** A read_committed fetch without a session, that waits up to `maxWaitMs` for the first byte. */
export function fetchRequest(
  from: readonly FetchFrom[],
  limits: { readonly maxWaitMs: number; readonly maxBytes: number; readonly partitionMaxBytes: number },
): Request<{ readonly errorCode: number; readonly partitions: FetchedPartition[] }> {
  const writer = new WireWriter()
    .int32(NOT_A_REPLICA)
    .int32(limits.maxWaitMs)
    .int32(1)
    .int32(limits.maxBytes)
    .int8(READ_COMMITTED)
    .int32(0)
    .int32(-1);
  writer.array([...byTopic(from)], ([topic, wanted]) => {
    writer.string(topic).array(wanted, ({ partition, offset }) => {
      writer.int32(partition).int32(NO_LEADER_EPOCH).int64(offset).int64(-1).int32(limits.partitionMaxBytes);
    });
  });
  writer.int32(0).string('');
  return { apiKey: 1, apiVersion: 11, body: writer.toBuffer(), read: readFetchAnswer };
}

function readFetchAnswer(answer: WireReader): { errorCode: number; partitions: FetchedPartition[] } {
  answer.int32();
  const errorCode = answer.int16();
  answer.int32();
  const partitions = answer
    .array(() => {
      const topic = answer.string();
      return answer.array(() => ({
        topic,
        partition: answer.int32(),
        errorCode: answer.int16(),
        highWatermark: answer.int64(),
        lastStableOffset: answer.int64(),
        logStart: answer.int64(),
        aborted: answer.array(() => ({ producerId: answer.bigint64(), firstOffset: answer.int64() })),
        bytes: afterPreferredReplica(answer),
      }));
    })
    .flat();
  return { errorCode, partitions };
}

function afterPreferredReplica(answer: WireReader): Buffer {
  answer.int32();
  return answer.nullableBytes() ?? Buffer.alloc(0);
}

function byTopic<P extends PartitionName>(partitions: readonly P[]): Map<string, P[]> {
  return Map.groupBy(partitions, ({ topic }) => topic);
}

/** The answer of a request out of a response's bytes, after the correlation id. */
export function readAnswer<Answer>(request: Request<Answer>, bytes: Buffer): Answer {
  return request.read(new WireReader(bytes));
}
