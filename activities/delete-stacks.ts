import { instancesOfStack, stopInstances } from '../aws/instances.ts';
import { protectionOf, refuseProtected } from '../aws/protection.ts';
import { type Deletion, deleteStack, waitForDeletion } from '../aws/stack-deletion.ts';
import { describeStack } from '../aws/stack-describe.ts';
import type { Activities, Done } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import type { Dependencies } from './dependencies.ts';
import { refuseUnlessEmpty } from './green-is-empty.ts';
import { confirmStage } from './records.ts';
import { type Pace, perform, Refused } from './step.ts';

/**
 * Green is gone, on the way back before the flip: only a stack that carries this deployment's id, only empty, and watched to its end. A
 * run that never heard of the creation looks for it by name; whoever else has that name is left alone, for it means that ours is not
 * there. No flip can arrive any more: `locateTraffic` and `returnRecord` have raised the signpost's epoch before this.
 */
export function deleteGreen(deps: Dependencies): Activities['deleteGreen'] {
  return ({ deployment, stackId }) =>
    perform(async pace => {
      const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
      if (stackId === null) {
        const found = await describeStack(deps.aws.cloudFormation, request.green.stack);
        if (found.kind === 'stack' && found.stack.deployment !== deployment.id)
          return { detail: `stack ${request.green.stack} is somebody else's and was left alone`, end: 'left-alone' };
      }
      await refuseUnlessEmpty(deps, deployment, pace);
      const stack = stackId ?? request.green.stack;
      return remove(deps, { stack, owner: { kind: 'deployment', id: deployment.id }, role: deps.stackRole }, pace);
    });
}

/** Blue's instances are stopped, once writers and readers are still sent to green: from here on only their disks hold what blue held. */
export function stopBlue(deps: Dependencies): Activities['stopBlue'] {
  return ({ deployment }) =>
    perform(async pace => {
      await confirmStage(deps, deployment, 'readers-moved', pace);
      await refuseIfProtected(deps, deployment);
      const instances = await instancesOfStack(deps.aws, deployment.blue.stackId);
      const running = instances.filter(i => i.state !== 'terminated');
      const stopped = await stopInstances(
        deps.aws.ec2,
        running.map(i => i.id),
        pace,
      );
      return { detail: `${stopped.length} instances of ${deployment.blue.stack} stopped` };
    });
}

/** Blue is deleted, meant by its StackId so that no later stack of that name can be hit, and watched to its end. */
export function deleteBlue(deps: Dependencies): Activities['deleteBlue'] {
  return ({ deployment }) =>
    perform(async pace => {
      await confirmStage(deps, deployment, 'readers-moved', pace);
      const { stackId } = deployment.blue;
      return remove(deps, { stack: stackId, owner: { kind: 'anyone' }, role: deps.stackRole }, pace);
    });
}

/** Before anything of blue is stopped: whoever protected it wants to be asked first. */
async function refuseIfProtected(deps: Dependencies, { blue }: Deployment): Promise<void> {
  const { cloudFormation } = deps.aws;
  const found = await describeStack(cloudFormation, blue.stackId);
  if (found.kind === 'absent' || found.stack.status.startsWith('DELETE_')) return;
  refuseProtected(found.stack, await protectionOf(cloudFormation, found.stack));
}

async function remove(
  deps: Dependencies,
  deletion: Deletion,
  pace: Pace,
): Promise<Done & { readonly end: 'gone' | 'deleted' }> {
  const { cloudFormation } = deps.aws;
  const started = await deleteStack(cloudFormation, deletion, pace);
  if (started.kind === 'nothing-there') return { detail: `stack ${nameOf(deletion.stack)} is gone`, end: 'gone' };
  const result = await waitForDeletion(cloudFormation, started, pace);
  if (result.kind === 'failed') throw new Refused('DeletionFailed', result.reason);
  return { detail: `stack ${nameOf(deletion.stack)} deleted`, end: 'deleted' };
}

function nameOf(stack: string): string {
  return stack.split('/').at(-2) ?? stack;
}
