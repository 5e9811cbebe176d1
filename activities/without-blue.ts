/**
 * Somebody deleted blue after the flip. What it still held is gone, and nobody can prove any more that it was read: the run ends
 * without it once somebody answers for that by name, and only when CloudFormation says that the stack is deleted.
 */
import { describeStack } from '../aws/stack-describe.ts';
import type { Done, StepInput } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { ALL_OF_BLUE, type RunWaiver } from '../contract/messages.ts';
import type { Dependencies } from './dependencies.ts';
import { Refused } from './step.ts';

/** The step's answer; `without` has it where blue is gone and somebody answered for that. */
export async function unlessBlueGone<T>(
  deps: Pick<Dependencies, 'aws'>,
  { deployment, waivers }: StepInput,
  step: () => Promise<T>,
  without: (waiver: RunWaiver) => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof Refused) || error.type !== 'StackGone') throw error;
    const found = await describeStack(deps.aws.cloudFormation, deployment.blue.stackId);
    const status = found.kind === 'stack' ? found.stack.status : null;
    // It is green that is gone: no waiver of blue's records stands for that.
    if (status?.startsWith('DELETE_') === false) throw error;
    const waiver = waivers.find(w => w.kind === 'topic' && w.name === ALL_OF_BLUE);
    if (waiver === undefined)
      throw new Refused(
        'StackGone',
        `${error.message} The run ends without blue once somebody answers for that: waive topic ${ALL_OF_BLUE}, and say why.`,
      );
    if (status === 'DELETE_COMPLETE') return without(waiver);
    throw new Refused(
      'StackGone',
      `${error.message} It was waived, but the stack is not deleted yet; resume when its status is DELETE_COMPLETE.`,
    );
  }
}

/**
 * Before the traffic goes back to blue: refuses (`StackGone`) where somebody deletes its stack or has deleted it. When CloudFormation does
 * not say, blue itself is asked later.
 */
export async function refuseReturnWithoutBlue(deps: Pick<Dependencies, 'aws'>, { blue }: Deployment): Promise<void> {
  const found = await describeStack(deps.aws.cloudFormation, blue.stackId).catch(() => null);
  if (found?.kind !== 'stack' || !/^DELETE_(IN_PROGRESS|COMPLETE)$/.test(found.stack.status)) return;
  throw new Refused(
    'StackGone',
    `Stack ${found.stack.name} is ${found.stack.status}, but not by this deployment: there is nothing to go back to, and nothing was moved. To go on without it, reset the run to a workflow task before the way back was asked for (temporal workflow reset --reapply-exclude All), then waive topic ${ALL_OF_BLUE}, and say why.`,
  );
}

/** What a wait for blue's writers comes to without it. */
export async function nobodyWrites({ by }: RunWaiver): Promise<Done> {
  return { detail: `somebody deleted blue, so nobody writes to it; ${by} answers for that` };
}
