import { instancesOfStack, stopInstances } from '../aws/instances.ts';
import { type Deletion, deleteStack, waitForDeletion } from '../aws/stack-deletion.ts';
import { describeStack } from '../aws/stack-describe.ts';
import type { Activities, Done } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { readRecords } from './records.ts';
import { type Pace, perform, Refused } from './step.ts';

/** Green is gone, on the way back before the flip: only a stack that carries this deployment's id, watched to its end. */
export function deleteGreen(deps: Dependencies): Activities['deleteGreen'] {
  return ({ deployment, stackId }) =>
    perform(async pace => {
      const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
      return remove(
        deps,
        { stack: stackId ?? request.green.stack, owner: { kind: 'deployment', id: deployment.id } },
        pace,
      );
    });
}

/** Blue's instances are stopped: from here on only their disks hold what blue held. */
export function stopBlue(deps: Dependencies): Activities['stopBlue'] {
  return ({ deployment }) =>
    perform(async pace => {
      await refuseUnlessOnGreen(deps, deployment);
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
      await refuseUnlessOnGreen(deps, deployment);
      return remove(deps, { stack: deployment.blue.stackId, owner: { kind: 'anyone' } }, pace);
    });
}

async function remove(deps: Dependencies, deletion: Deletion, pace: Pace): Promise<Done> {
  const { cloudFormation } = deps.aws;
  const started = await deleteStack(cloudFormation, deletion);
  if (started.kind === 'nothing-there') return { detail: `stack ${nameOf(deletion.stack)} is gone` };
  const result = await waitForDeletion(cloudFormation, started, pace);
  if (result.kind === 'failed') throw new Refused('DeletionFailed', result.reason);
  const left = await describeStack(cloudFormation, started.stackId);
  if (left.kind === 'stack' && left.stack.status !== 'DELETE_COMPLETE')
    throw new Refused(
      'DeletionFailed',
      `Stack ${left.stack.name} is ${left.stack.status} although its deletion had ended.`,
    );
  return { detail: `stack ${nameOf(deletion.stack)} deleted` };
}

/** The last look before anything of blue goes: writers and readers are sent to green, by this run. */
async function refuseUnlessOnGreen(deps: Dependencies, deployment: Deployment): Promise<void> {
  const { signpost } = await readRecords(deps, deployment);
  const green = endpointOf(deployment, 'green').clusterId;
  const ours =
    signpost.kind === 'signpost' &&
    String(signpost.signpost.epoch) === deployment.epoch &&
    signpost.signpost.by === deployment.id &&
    signpost.signpost.write.kind === 'cluster' &&
    signpost.signpost.write.id === green &&
    signpost.signpost.read === green;
  if (!ours)
    throw new Refused(
      'SignpostMoved',
      `The signpost of ${deployment.record} does not send writers and readers to green under epoch ${deployment.epoch} any more. Nothing of blue is touched; see who changed it, put it back, then resume.`,
    );
}

function nameOf(stack: string): string {
  return stack.split('/').at(-2) ?? stack;
}
