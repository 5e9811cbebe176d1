/**
 * Whether a cluster's stack stands. A cluster that does not answer may be overloaded or restarted, and is waited for; one whose
 * stack somebody deleted never comes back, and waiting for it would hide that.
 */

import { NotYet } from '../aws/errors.ts';
import { lookPastLag } from '../aws/poll.ts';
import { describeStack, stands } from '../aws/stack-describe.ts';
import { allHealthy, targetHealth } from '../aws/targets.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { Colour, Dependencies } from './dependencies.ts';
import { type Pace, Refused } from './step.ts';

/** Connects; where that fails because the cluster's stack was deleted, says so (`StackGone`). */
export function connectToStanding(deps: Dependencies): Dependencies['connect'] {
  return async endpoint => {
    try {
      return await deps.connect(endpoint);
    } catch (error) {
      if (endpoint.stackId !== undefined) await refuseGone(deps, endpoint.stackId);
      throw error;
    }
  };
}

async function refuseGone(deps: Dependencies, stackId: string): Promise<void> {
  const found = await describeStack(deps.aws.cloudFormation, stackId).catch(() => null);
  if (found?.kind !== 'stack' || !found.stack.status.startsWith('DELETE_')) return;
  throw new Refused(
    'StackGone',
    `Stack ${found.stack.name} is ${found.stack.status} and its cluster does not answer: it was deleted, but not by this deployment. Find out who deleted it and what its records were worth.`,
  );
}

/** The stack is complete and nobody changes or deletes it; refuses (`BlueChanged`, `GreenChanged`) otherwise. */
export async function refuseUnlessStands(
  deps: Dependencies,
  endpoint: ClusterEndpoint,
  colour: Colour,
  pace: Pace,
): Promise<void> {
  const found = await lookPastLag(
    () => describeStack(deps.aws.cloudFormation, endpoint.stackId),
    ({ kind }) => kind === 'absent',
    pace,
  );
  if (found.kind === 'stack' && stands(found.stack)) return;
  throw new Refused(
    colour === 'blue' ? 'BlueChanged' : 'GreenChanged',
    `The ${colour} stack ${endpoint.stack} is ${found.kind === 'absent' ? 'unknown' : found.stack.status}: somebody changed or deleted it, so no traffic is moved.`,
  );
}

/** The load balancer takes clients; what is not healthy now may be healthy soon. */
export async function waitForFrontDoor(deps: Dependencies, endpoint: ClusterEndpoint): Promise<void> {
  const verdict = allHealthy(await targetHealth(deps.aws.elb, endpoint.targetGroupArn));
  if (verdict.kind !== 'healthy')
    throw new NotYet(`The load balancer of ${endpoint.stack} does not take clients: ${verdict.reason}`);
}
