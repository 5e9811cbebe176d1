/**
 * What must be mended on a cluster before it may be replaced: whatever makes its ends move, its replicas differ or its
 * fence doubtful. Every problem at once; changes nothing. A look that fails is itself a KafkaTrouble.
 */
import { listPartitionReassignmentsV0 } from '@platformatic/kafka';
import { TICKET_TOPIC } from 'kafka-bluegreen-switching/ticket';
import type { Inventory, PartitionFacts } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { Cluster } from './cluster.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';
import { hangingTransactions } from './hanging-transactions.ts';
import { leftoversOf } from './leftovers.ts';
import { readBrokerConfigs } from './read-configs.ts';
import { patiently } from './retry.ts';
import { rightsProblems } from './rights.ts';
import { readLogDirs } from './topic-facts.ts';

/** Below both, a log directory may fill up while nothing expires. */
const SCARCE_SHARE = 0.05;
const SCARCE_BYTES = 1n << 30n;

export async function clusterProblems(
  cluster: Cluster,
  inventory: Inventory,
  signal?: AbortSignal,
): Promise<Problem[]> {
  return [...leftoverProblems(inventory), ...(await healthProblems(cluster, inventory, signal))];
}

/** The same without what an earlier deployment left. */
export async function healthProblems(cluster: Cluster, inventory: Inventory, signal?: AbortSignal): Promise<Problem[]> {
  const looks = await Promise.all([
    reassignmentProblems(cluster, signal),
    brokerProblems(cluster, inventory, signal),
    transactionProblems(cluster, inventory, signal),
    rightsProblems(cluster, inventory, signal),
  ]);
  return [...partitionProblems(inventory), ...looks.flat()];
}

/** Pure: partitions without a leader or with replicas out of sync, one problem a topic. */
export function partitionProblems(inventory: Inventory): Problem[] {
  return inventory.topics.flatMap(topic => {
    const on = `topic ${topic.name}`;
    const offline = topic.partitions.filter(p => p.leader === null || p.end === null || p.start === null);
    const behind = topic.partitions.filter(p => p.leader !== null && p.isr.length < p.replicas.length);
    const problems: Problem[] = [];
    if (offline.length > 0)
      problems.push({
        on,
        problem: `has no answering leader for ${listed(offline)}.`,
        remedy: 'Bring the brokers of its replicas back.',
      });
    if (behind.length > 0)
      problems.push({
        on,
        problem: `has replicas out of sync for ${listed(behind)}.`,
        remedy: 'Wait until they caught up, or bring their brokers back.',
      });
    return problems;
  });
}

/** Pure: what an earlier deployment left. Keep alone is not told here: an owner may want it, and its disposition is asked for. */
export function leftoverProblems(inventory: Inventory): Problem[] {
  const fences = leftoversOf(inventory)
    .filter(leftover => leftover.kind === 'fence')
    .map(({ topic, key, value }) => ({
      on: `topic ${topic}`,
      problem: `still carries the fence of an interrupted deployment (${key}=${value}), so nobody can write to it.`,
      remedy: `Put back what its owner had, or remove it: kafka-configs.sh --bootstrap-server ${anyAddress(inventory)} --alter --entity-type topics --entity-name ${topic} --delete-config ${key}`,
    }));
  if (!inventory.topics.some(t => t.name === TICKET_TOPIC)) return fences;
  return [
    ...fences,
    {
      on: `topic ${TICKET_TOPIC}`,
      problem: 'is left of an earlier deployment, whose tickets would keep groups off this cluster.',
      remedy: `Delete it: kafka-topics.sh --bootstrap-server ${anyAddress(inventory)} --delete --topic ${TICKET_TOPIC}`,
    },
  ];
}

async function reassignmentProblems(cluster: Cluster, signal: AbortSignal | undefined): Promise<Problem[]> {
  const answer = await patiently(
    'list the partition reassignments',
    async () => {
      const { controllerId } = await cluster.metadata([]);
      const connection =
        controllerId === null ? await cluster.anyConnection() : await cluster.connectionTo(controllerId);
      const listing = await wholeAnswer(listPartitionReassignmentsV0.api.async(connection, 10_000, null));
      if (listing.errorCode !== 0)
        throw troubleOfCode('list the partition reassignments', listing.errorCode, listing.errorMessage ?? null);
      return listing;
    },
    { signal },
  );
  return answer.topics.map(topic => ({
    on: `topic ${topic.name}`,
    problem: `has ${topic.partitions.length} partitions being reassigned.`,
    remedy: 'Wait until the reassignment is done, or cancel it.',
  }));
}

async function brokerProblems(
  cluster: Cluster,
  inventory: Inventory,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  const problems = await Promise.all(
    inventory.brokers.map(async broker => {
      const on = `broker ${broker.id}`;
      const configs = await readBrokerConfigs(cluster, broker.id, ['client.quota.callback.class'], { signal });
      const callback = configs['client.quota.callback.class']?.value ?? '';
      const dirs = await patiently(`look at the disks of ${on}`, () => readLogDirs(cluster, broker.id), { signal });
      const found: Problem[] = [];
      if (callback !== '')
        found.push({
          on,
          problem: `runs client.quota.callback.class=${callback}, so its quotas are not what the cluster lists.`,
          remedy: 'Remove the callback, or leave this cluster as it is.',
        });
      for (const dir of dirs) {
        if (dir.errorCode !== 0)
          found.push({ on, problem: `has its log directory ${dir.logDir} offline.`, remedy: 'Mend the disk first.' });
        else if (isScarce(dir.usableBytes, dir.totalBytes))
          found.push({
            on,
            problem: `has only ${dir.usableBytes} of ${dir.totalBytes} bytes left in ${dir.logDir}; nothing expires while it drains.`,
            remedy: 'Give it more disk first.',
          });
      }
      return found;
    }),
  );
  return problems.flat();
}

async function transactionProblems(
  cluster: Cluster,
  inventory: Inventory,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  const hanging = await hangingTransactions(
    cluster,
    inventory.topics.map(t => t.name),
    signal,
  );
  return hanging.map(({ topic, partition, producerId, startOffset, leader }) => ({
    on: `topic ${topic}`,
    problem: `has a hanging transaction in partition ${partition} (producer ${producerId}, from offset ${startOffset}) that no coordinator knows: its readers never get past it.`,
    remedy: `Abort it: kafka-transactions.sh --bootstrap-server ${addressOf(inventory, leader)} abort --topic ${topic} --partition ${partition} --start-offset ${startOffset}`,
  }));
}

function anyAddress(inventory: Inventory): string {
  return addressOf(inventory, inventory.brokers[0]?.id ?? -1);
}

function addressOf(inventory: Inventory, brokerId: number): string {
  const broker = inventory.brokers.find(b => b.id === brokerId);
  return broker === undefined ? '<a broker>' : `${broker.host}:${broker.port}`;
}

function isScarce(usableBytes: bigint, totalBytes: bigint): boolean {
  if (usableBytes < 0n || totalBytes <= 0n) return false; // the broker cannot tell
  return usableBytes < SCARCE_BYTES && Number(usableBytes) < Number(totalBytes) * SCARCE_SHARE;
}

function listed(partitions: readonly PartitionFacts[]): string {
  const shown = partitions.slice(0, 5).map(p => p.partition);
  return `partition${partitions.length === 1 ? '' : 's'} ${shown.join(', ')}${partitions.length > 5 ? ` and ${partitions.length - 5} more` : ''}`;
}
