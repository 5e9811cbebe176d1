/** Whether a deployment that was disturbed did to both clusters what an undisturbed one does, step by step. */
import assert from 'node:assert/strict';
import type { Rehearsed } from './kafka-rehearsal.ts';

/** Every API of a broker that the Kafka side of a deployment uses. A new one belongs here, and is disturbed from then on. */
export const deploymentApis = [
  'AddPartitionsToTxn',
  'ApiVersions',
  'CreatePartitions',
  'CreateTopics',
  'DeleteGroups',
  'DeleteTopics',
  'DescribeAcls',
  'DescribeClientQuotas',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeGroups',
  'DescribeLogDirs',
  'DescribeProducers',
  'DescribeTransactions',
  'DescribeUserScramCredentials',
  'EndTxn',
  'Fetch',
  'FindCoordinator',
  'Heartbeat',
  'IncrementalAlterConfigs',
  'InitProducerId',
  'JoinGroup',
  'LeaveGroup',
  'ListGroups',
  'ListOffsets',
  'ListPartitionReassignments',
  'ListTransactions',
  'Metadata',
  'OffsetCommit',
  'OffsetDelete',
  'OffsetFetch',
  'Produce',
  'SyncGroup',
] as const;

/** Asked by the clock and not by a step: a quick run may do without. */
const WHEN_TIME_PASSES: readonly string[] = ['Heartbeat'];

export function apisOf(rehearsed: readonly Rehearsed[]): string[] {
  return [...new Set([...WHEN_TIME_PASSES, ...rehearsed.flatMap(r => [...r.calls.keys()])])].toSorted();
}

export function assertAsUndisturbed(disturbed: readonly Rehearsed[], undisturbed: readonly Rehearsed[]): void {
  assert.deepEqual(
    disturbed.map(r => r.step),
    undisturbed.map(r => r.step),
  );
  for (const [i, { step, blue, green }] of disturbed.entries()) {
    assert.deepEqual(blue, undisturbed[i]?.blue, `blue after ${step}`);
    assert.deepEqual(green, undisturbed[i]?.green, `green after ${step}`);
  }
}

/** That the fault did strike: each API that a step uses, in each step. */
export function assertStruck(disturbed: readonly Rehearsed[], apis: readonly string[]): void {
  for (const { step, calls, hits } of disturbed)
    for (const api of apis) if (calls.has(api)) assert.ok((hits.get(api) ?? 0) > 0, `${api} was disturbed in ${step}`);
}
