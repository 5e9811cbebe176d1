/**
 * What the worker's user may see and do. A broker leaves groups and topics that a user may not describe out of its lists without a
 * word, so what is missing there is only believed where the right to see all of it was seen too. Without an authorizer everything
 * is allowed. https://kafka.apache.org/documentation/#operations_in_kafka
 */
import { AclOperations, type Connection, describeClusterV0, metadataV12 } from '@platformatic/kafka';
import type { Inventory } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { Cluster } from './cluster.ts';
import { type KafkaTrouble, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently, pauseFor } from './retry.ts';
import { readLogDirs } from './topic-facts.ts';

type Operation = 'DESCRIBE' | 'READ' | 'WRITE' | 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS';

/** To list every group, log directory, ACL and user; and to read the configs of brokers and the quotas. */
export const ON_CLUSTER: readonly Operation[] = ['DESCRIBE', 'DESCRIBE_CONFIGS'];
/** Reading proves tails, writing the fence: by a batch that is never appended. */
export const ON_TOPICS: readonly Operation[] = ['DESCRIBE', 'READ', 'WRITE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'];
const CLUSTER_AUTHORIZATION_FAILED = 31;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** A topic that is being created or deleted is on a disk and in no list, or the other way round, for a moment. */
const SECOND_LOOK_AFTER_MS = 1_000;
const MOST_NAMED = 20;

/** Throws when the user of this connection may not see all groups: then a group that is not listed may exist all the same. */
export async function requireSight(connection: Connection): Promise<void> {
  const missing = missingFrom(await clusterOperations(connection), ['DESCRIBE']);
  if (missing.length > 0)
    throw troubleOfCode('see every group (Describe on the cluster)', CLUSTER_AUTHORIZATION_FAILED);
}

/** The trouble of a topic that is there or not: this user is not told. */
export function hiddenTopic(topic: string): KafkaTrouble {
  return troubleOfCode(`see topic ${topic}`, TOPIC_AUTHORIZATION_FAILED);
}

/** Rights that a deployment needs on blue and the worker's user lacks, and topics that it is not shown; all at once. */
export async function rightsProblems(
  cluster: Cluster,
  inventory: Pick<Inventory, 'topics'>,
  signal?: AbortSignal,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const onCluster = await patiently(
    'read the rights on the cluster',
    async () => clusterOperations(await cluster.anyConnection()),
    { signal },
  );
  const lacking = missingFrom(onCluster, ON_CLUSTER);
  if (lacking.length > 0)
    problems.push({
      on: `user ${cluster.user}`,
      problem: `may not ${listed(lacking)} the cluster, so what it is not shown cannot be told from what does not exist.`,
      remedy: `Grant it: kafka-acls.sh --bootstrap-server ${cluster.bootstrap} --add --allow-principal ${cluster.principal} ${lacking.map(o => `--operation ${camel(o)}`).join(' ')} --cluster`,
    });
  for (const { topic, missing } of await topicRights(cluster, inventory, signal))
    problems.push({
      on: `topic ${topic}`,
      problem: `may not be used by the worker's user ${cluster.user} as a deployment must: it lacks ${listed(missing)}.`,
      remedy: `Grant it: kafka-acls.sh --bootstrap-server ${cluster.bootstrap} --add --allow-principal ${cluster.principal} ${missing.map(o => `--operation ${camel(o)}`).join(' ')} --topic ${topic}`,
    });
  if (!lacking.includes('DESCRIBE'))
    for (const topic of await hiddenTopics(cluster, signal))
      problems.push({
        on: `topic ${topic}`,
        problem: `is on the brokers' disks, but the worker's user ${cluster.user} is not shown it: its records would die with blue unseen.`,
        remedy: `Grant it: kafka-acls.sh --bootstrap-server ${cluster.bootstrap} --add --allow-principal ${cluster.principal} --operation All --topic ${topic}; or wait until its deletion is done.`,
      });
  return problems.length <= MOST_NAMED
    ? problems
    : [
        ...problems.slice(0, MOST_NAMED),
        {
          on: `user ${cluster.user}`,
          problem: `lacks rights on ${problems.length - MOST_NAMED} more topics.`,
          remedy: "Grant them on --topic '*'.",
        },
      ];
}

async function clusterOperations(connection: Connection): Promise<number> {
  const answer = await wholeAnswer(describeClusterV0.api.async(connection, true, 1));
  if (answer.errorCode !== 0) throw troubleOfCode('read the rights on the cluster', answer.errorCode);
  return answer.clusterAuthorizedOperations;
}

async function topicRights(
  cluster: Cluster,
  { topics }: Pick<Inventory, 'topics'>,
  signal: AbortSignal | undefined,
): Promise<{ topic: string; missing: Operation[] }[]> {
  const names = topics.filter(t => !t.internal).map(t => t.name);
  if (names.length === 0) return [];
  const answer = await patiently(
    'read the rights on the topics',
    async () => wholeAnswer(metadataV12.api.async(await cluster.anyConnection(), names, false, true)),
    { signal },
  );
  return answer.topics.flatMap(t => {
    const missing = t.errorCode === 0 ? missingFrom(t.topicAuthorizedOperations, ON_TOPICS) : [];
    return missing.length === 0 ? [] : [{ topic: t.name ?? '', missing }];
  });
}

/** Topics that brokers store and do not list, seen so twice: what a broker stores it tells whoever may describe the cluster. */
async function hiddenTopics(cluster: Cluster, signal: AbortSignal | undefined): Promise<string[]> {
  const first = await storedUnlisted(cluster, signal);
  if (first.length === 0) return [];
  await pauseFor(SECOND_LOOK_AFTER_MS, signal);
  const second = new Set(await storedUnlisted(cluster, signal));
  return first.filter(topic => second.has(topic));
}

async function storedUnlisted(cluster: Cluster, signal: AbortSignal | undefined): Promise<string[]> {
  return patiently(
    'compare the topics with the disks',
    async () => {
      const brokers = await cluster.brokers();
      const dirs = await Promise.all(brokers.map(({ id }) => readLogDirs(cluster, id)));
      const listedNow = new Set((await cluster.metadata()).topics.map(t => t.name));
      const stored = new Set(dirs.flat().flatMap(dir => dir.topics.map(t => t.name)));
      return [...stored].filter(topic => !listedNow.has(topic) && !OWN_LOGS.includes(topic)).toSorted();
    },
    { signal },
  );
}

/** The log of the KRaft quorum is on the disks of combined nodes and is no topic of clients. */
const OWN_LOGS: readonly string[] = ['__cluster_metadata'];

/** A right is the bit of its operation (KIP-430). */
function missingFrom(operations: number, wanted: readonly Operation[]): Operation[] {
  return wanted.filter(operation => (operations & (1 << AclOperations[operation])) === 0);
}

function listed(operations: readonly Operation[]): string {
  return operations.map(camel).join(', ');
}

/** As kafka-acls.sh spells it: DescribeConfigs. */
export function camel(operation: Operation): string {
  return operation.toLowerCase().replaceAll(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
