/**
 * The harmless proof: a produce whose CRC is wrong is never appended. A leader checks the size before the CRC, so it
 * answers MESSAGE_TOO_LARGE where the fence stands and CORRUPT_MESSAGE where it does not; any other answer proves nothing.
 */
import { type Connection, type Reader, Writer } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { seenError, whyUnseen } from './errors.ts';
import { type ProbeSize, wrongBatch } from './wrong-batch.ts';

export type { ProbeSize } from './wrong-batch.ts';

/** What one partition's leader answered to the probe. */
export type ProbedPartition =
  | {
      readonly kind: 'fenced' | 'open';
      readonly topic: string;
      readonly partition: number;
      readonly leader: number;
      readonly leaderEpoch: number;
    }
  | {
      readonly kind: 'unknown';
      readonly topic: string;
      /** Null when not even the topic's partitions are known. */
      readonly partition: number | null;
      readonly leader: number | null;
      readonly leaderEpoch: number | null;
      readonly reason: string;
    };

const PARTITIONS_PER_REQUEST = 2_000;
const PRODUCE = 0;
/** The newest version without topic ids and compact fields; offered by 3.x and 4.x alike. */
const PRODUCE_VERSION = 7;
/** Not `all`: too few in-sync replicas would be answered before the size is looked at. */
const ACKS_LEADER = 1;

interface Target {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
}

/** Probes every partition of the topics once, at the leader that fresh metadata names: one request per leader and 2,000 partitions. */
export async function probePartitions(
  cluster: Cluster,
  topics: readonly string[],
  size: ProbeSize,
  signal?: AbortSignal,
): Promise<ProbedPartition[]> {
  if (topics.length === 0) return [];
  const metadata = await cluster.metadata(topics);
  const targets = metadata.topics.flatMap(targetsOf);
  const known = targets.filter(t => t.kind === 'target').map(t => t.target);
  const unknown = targets.filter(t => t.kind === 'unknown');
  const byLeader = [...Map.groupBy(known, t => t.leader)];
  const answers = await Promise.all(
    byLeader.map(async ([leader, atLeader]) => {
      const probed: ProbedPartition[] = [];
      for (const part of chunks(atLeader, PARTITIONS_PER_REQUEST)) {
        signal?.throwIfAborted();
        probed.push(...(await probeLeader(cluster, leader, part, size)));
      }
      return probed;
    }),
  );
  return [...answers.flat(), ...unknown];
}

type TargetOrUnknown =
  | { readonly kind: 'target'; readonly target: Target }
  | Extract<ProbedPartition, { kind: 'unknown' }>;

function targetsOf(topic: TopicMetadata): TargetOrUnknown[] {
  const unknown = { kind: 'unknown', topic: topic.name, leader: null } as const;
  if (topic.error !== null || topic.partitions.length === 0)
    return [{ ...unknown, partition: null, leaderEpoch: null, reason: topic.error ?? 'no partitions' }];
  return topic.partitions.map(({ partition, leader, leaderEpoch }) =>
    leader === null
      ? { ...unknown, partition, leaderEpoch, reason: 'the partition has no leader' }
      : { kind: 'target', target: { topic: topic.name, partition, leader, leaderEpoch } },
  );
}

async function probeLeader(
  cluster: Cluster,
  leader: number,
  targets: readonly Target[],
  size: ProbeSize,
): Promise<ProbedPartition[]> {
  try {
    const codes = await cluster.withOwnConnection(leader, connection => produce(connection, targets, size));
    return targets.map(target => verdict(target, codes.get(target.topic)?.get(target.partition)));
  } catch (error) {
    const reason = whyUnseen(`probe broker ${leader}`, error);
    return targets.map(target => ({ kind: 'unknown', ...target, reason }));
  }
}

function verdict(target: Target, code: number | undefined): ProbedPartition {
  if (code === undefined) return { kind: 'unknown', ...target, reason: 'the leader did not answer for it' };
  const answer = seenError(`prove the fence of topic ${target.topic}, which takes the right to write to it`, code);
  if (answer === 'MESSAGE_TOO_LARGE') return { kind: 'fenced', ...target };
  if (answer === 'CORRUPT_MESSAGE') return { kind: 'open', ...target };
  return { kind: 'unknown', ...target, reason: answer };
}

type CodesByTopic = ReadonlyMap<string, ReadonlyMap<number, number>>;

function produce(connection: Connection, targets: readonly Target[], size: ProbeSize): Promise<CodesByTopic> {
  const batch = wrongBatch(size);
  const request = () =>
    Writer.create()
      .appendString(null, false)
      .appendInt16(ACKS_LEADER)
      .appendInt32(10_000)
      .appendArray(
        [...Map.groupBy(targets, t => t.topic)],
        (w, [topic, partitions]) => {
          w.appendString(topic, false).appendArray(
            partitions,
            (wp, { partition }) => wp.appendInt32(partition).appendInt32(batch.length).append(batch),
            false,
            false,
          );
        },
        false,
        false,
      );
  return new Promise((resolve, reject) => {
    connection.send(PRODUCE, PRODUCE_VERSION, request, readProduceAnswer, false, false, (error, codes) => {
      if (codes === undefined) reject(error ?? new Error('The broker answered nothing.'));
      else resolve(codes);
    });
  });
}

/** Only the error codes: base offset, append time and log start (3 × 8 bytes) of a refused produce say nothing. */
function readProduceAnswer(_correlationId: number, _api: number, _version: number, reader: Reader): CodesByTopic {
  return new Map(
    reader.readArray(
      r => {
        const topic = r.readString(false);
        const partitions = r.readArray<[number, number]>(
          rp => {
            const answered: [number, number] = [rp.readInt32(), rp.readInt16()];
            rp.skip(24);
            return answered;
          },
          false,
          false,
        );
        return [topic, new Map(partitions)];
      },
      false,
      false,
    ),
  );
}
