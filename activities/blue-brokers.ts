/** What is wrong with blue's brokers, as they are met and as the cluster lists them. Pure. */
import { sameName } from '../aws/record.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { BrokerFacts } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';

export function blueBrokerProblems(
  { record, readRecord }: Pick<DeploymentRequest, 'record' | 'readRecord'>,
  { stack, brokers: expected }: Pick<ClusterEndpoint, 'stack' | 'brokers'>,
  brokers: readonly BrokerFacts[],
): Problem[] {
  const problems: Problem[] = [];
  if (brokers.length !== expected)
    problems.push({
      on: `cluster ${stack}`,
      problem: `has ${brokers.length} brokers, but its stack says ${expected}.`,
      remedy: 'Start the missing brokers, or correct the stack, then plan again.',
    });
  const flipped = readRecord === undefined ? [record] : [record, readRecord];
  for (const { id, host } of brokers) {
    const name = flipped.find(candidate => sameName(host, candidate));
    if (name === undefined) continue;
    problems.push({
      on: `broker ${id}`,
      problem: `advertises ${host}, the record that is flipped: clients of blue would land on green.`,
      remedy: "Let every broker advertise an address of its own, never the service's record.",
    });
  }
  return problems;
}

/** None of them could be met at all: the load balancer's targets say whether they are down, or only out of the worker's reach. */
export function silentBlue({ stack, bootstrap }: Pick<ClusterEndpoint, 'stack' | 'bootstrap'>, seen: string): Problem {
  return {
    on: `cluster ${stack}`,
    problem: `does not answer at ${bootstrap}, so nothing of it could be looked at: ${seen}.`,
    remedy:
      "Start its brokers; where the load balancer's targets are healthy, let the worker reach them (its network and their security group). Then plan again.",
  };
}
