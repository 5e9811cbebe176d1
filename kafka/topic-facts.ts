/** The topics of an inventory: partitions with leaders and replicas, log start and high watermark, size, effective configs. */
import { describeLogDirsV4 } from '@platformatic/kafka';
import type { PartitionFacts, TopicFacts } from '../contract/inventory.ts';
import type { Cluster, ClusterMetadata, TopicMetadata } from './cluster.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';
import { readLeaderOffsets } from './leader-offsets.ts';
import { readTopicConfigs } from './read-configs.ts';
import { patiently, pauseFor } from './retry.ts';

const ELECTED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 500;

/** Every topic of the cluster, in order of name. A topic deleted while this looks is left out. */
export async function readTopicFacts(cluster: Cluster, signal?: AbortSignal): Promise<TopicFacts[]> {
  const { metadata, existing, starts, ends } = await lookAtLogs(cluster, signal);
  const [sizes, configs] = await Promise.all([
    readSizes(cluster, metadata, signal),
    readTopicConfigs(
      cluster,
      existing.map(t => t.name),
      null,
      { signal },
    ),
  ]);
  return existing.flatMap(topic => {
    const found = configs.get(topic.name);
    if (found === undefined) return [];
    const partitions = topic.partitions.map(p => partitionFacts(topic, p.partition, starts, ends, sizes));
    return [{ name: topic.name, id: topic.id, internal: topic.internal, partitions, configs: found }];
  });
}

type Numbers = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

interface Logs {
  readonly metadata: ClusterMetadata;
  readonly existing: readonly TopicMetadata[];
  readonly starts: Numbers;
  readonly ends: Numbers;
}

/** Looks again for a while where a leader did not answer for its partition: it may have been elected a moment ago. */
async function lookAtLogs(cluster: Cluster, signal: AbortSignal | undefined): Promise<Logs> {
  for (const deadline = Date.now() + ELECTED_WITHIN_MS; ; await pauseFor(LOOK_EVERY_MS, signal)) {
    const metadata = await patiently('list the topics', () => cluster.metadata(), { signal });
    const existing = metadata.topics.filter(t => t.error === null || t.partitions.length > 0);
    const [starts, ends] = await Promise.all([
      readLeaderOffsets(cluster, existing, 'log-start'),
      readLeaderOffsets(cluster, existing, 'high-watermark'),
    ]);
    const unanswered = existing.some(topic =>
      topic.partitions.some(
        ({ partition, leader }) =>
          leader !== null && [starts, ends].some(offsets => offsets.get(topic.name)?.get(partition) === undefined),
      ),
    );
    if (!unanswered || Date.now() > deadline) return { metadata, existing, starts, ends };
  }
}

function partitionFacts(
  topic: TopicMetadata,
  partition: number,
  starts: Numbers,
  ends: Numbers,
  sizes: Numbers,
): PartitionFacts {
  const found = topic.partitions.find(p => p.partition === partition);
  const text = (numbers: Numbers) => numbers.get(topic.name)?.get(partition)?.toString() ?? null;
  return {
    partition,
    leader: found?.leader ?? null,
    leaderEpoch: found?.leaderEpoch ?? -1,
    replicas: found?.replicas ?? [],
    isr: found?.isr ?? [],
    start: text(starts),
    end: text(ends),
    sizeBytes: text(sizes),
  };
}

/** Bytes of the largest replica of each partition; brokers that do not answer are left out. */
async function readSizes(
  cluster: Cluster,
  metadata: ClusterMetadata,
  signal: AbortSignal | undefined,
): Promise<Numbers> {
  const sizes = new Map<string, Map<number, bigint>>();
  const answers = await Promise.allSettled(
    metadata.brokers.map(({ id }) =>
      patiently(`read the sizes on broker ${id}`, () => readLogDirs(cluster, id), {
        signal,
        withinMs: ELECTED_WITHIN_MS,
      }),
    ),
  );
  for (const topic of answers.flatMap(a => (a.status === 'fulfilled' ? a.value.flatMap(dir => dir.topics) : []))) {
    const known = sizes.get(topic.name) ?? new Map<number, bigint>();
    sizes.set(topic.name, known);
    for (const p of topic.partitions) {
      const largest = known.get(p.partitionIndex) ?? 0n;
      if (!p.isFutureKey) known.set(p.partitionIndex, p.partitionSize > largest ? p.partitionSize : largest);
    }
  }
  return sizes;
}

export type LogDir = describeLogDirsV4.DescribeLogDirsResponse['results'][number];

/** The log directories of one broker, with the size of every replica in them; an offline one carries an error code. */
export async function readLogDirs(cluster: Cluster, brokerId: number): Promise<readonly LogDir[]> {
  const answer = await wholeAnswer(describeLogDirsV4.api.async(await cluster.connectionTo(brokerId), null));
  if (answer.errorCode !== 0) throw troubleOfCode(`read the log directories of broker ${brokerId}`, answer.errorCode);
  return answer.results;
}
