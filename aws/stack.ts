/**
 * Green's stack: created once per deployment however often it is asked for (request token and tag), never adopted from
 * anybody else, and waited for until it is complete or rolled back, with the first failing resource's reason.
 */
import {
  type CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  type Parameter,
} from '@aws-sdk/client-cloudformation';
import { AwsRefused, isAwsError, NotYet } from './errors.ts';
import type { PlannedParameter } from './parameters.ts';
import { lookPastLag, pollUntil, type Waiting } from './poll.ts';
import { resolveSecret } from './secrets.ts';
import { CLUSTER_TAG, DEPLOYMENT_TAG, describeStack, type StackFacts, stackEvents } from './stack-describe.ts';
import { firstFailure } from './stack-events.ts';
import type { Template } from './template.ts';

export interface NewStack {
  readonly name: string;
  /** The request's `cluster`. */
  readonly cluster: string;
  readonly deployment: string;
  readonly template: Template;
  readonly parameters: readonly PlannedParameter[];
  /** The role in which CloudFormation makes the resources, or null for the worker's own rights. */
  readonly role: string | null;
}

/**
 * Creates the stack, or finds that this deployment created it already.
 * Refuses with `StackNameTaken` when a stack of that name carries another deployment's id or none.
 */
export async function createStack(
  cloudFormation: CloudFormationClient,
  stack: NewStack,
): Promise<{ readonly stackId: string }> {
  const there = await ownStack(cloudFormation, stack);
  if (there !== null) return there;
  try {
    const answer = await cloudFormation.send(new CreateStackCommand(await creation(stack)));
    if (answer.StackId !== undefined) return { stackId: answer.StackId };
  } catch (error) {
    if (!isAwsError(error, 'AlreadyExistsException')) throw error;
  }
  const created = await ownStack(cloudFormation, stack);
  if (created !== null) return created;
  throw new NotYet(`CloudFormation knows the name ${stack.name}, but shows no such stack yet; it is looked for again.`);
}

async function ownStack(
  cloudFormation: CloudFormationClient,
  { name, deployment }: NewStack,
): Promise<{ readonly stackId: string } | null> {
  const found = await describeStack(cloudFormation, name);
  if (found.kind === 'absent') return null;
  const { stack } = found;
  if (stack.deployment === deployment) return { stackId: stack.stackId };
  throw new AwsRefused('StackNameTaken', describeForeign(name, stack.status, stack.deployment));
}

function describeForeign(name: string, status: string, owner: string | null): string {
  const whose = owner === null ? 'no deployment made it' : `deployment ${owner} made it`;
  return (
    `Stack ${name} exists already (${status}, ${whose}); it is neither used nor deleted. Choose another green.stack, ` +
    `or delete it if nobody needs it: aws cloudformation delete-stack --stack-name ${name}`
  );
}

async function creation(stack: NewStack): Promise<CreateStackCommandInput> {
  return {
    StackName: stack.name,
    ...(stack.template.kind === 'body' ? { TemplateBody: stack.template.body } : { TemplateURL: stack.template.url }),
    Parameters: await Promise.all(stack.parameters.map(resolve)),
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
    Tags: [
      { Key: DEPLOYMENT_TAG, Value: stack.deployment },
      { Key: CLUSTER_TAG, Value: stack.cluster },
    ],
    ClientRequestToken: `kafka-bluegreen-${stack.deployment}-create`,
    OnFailure: 'ROLLBACK',
    ...(stack.role === null ? {} : { RoleARN: stack.role }),
  };
}

async function resolve({ name, value }: PlannedParameter): Promise<Parameter> {
  return {
    ParameterKey: name,
    ParameterValue: value.kind === 'text' ? value.text : await resolveSecret(value.name),
  };
}

export type StackResult =
  | { readonly kind: 'complete'; readonly stack: StackFacts }
  /** It will not become complete; `reason` is one sentence with the resource that failed first. */
  | { readonly kind: 'failed'; readonly status: string; readonly reason: string }
  /** Somebody deleted it meanwhile. */
  | { readonly kind: 'gone' };

/** Waits until the creation has ended one way or the other; a stack that fails is rolled back before this returns. */
export async function waitForStack(
  cloudFormation: CloudFormationClient,
  stackId: string,
  waiting: Waiting = {},
): Promise<StackResult> {
  const known = await lookPastLag(
    () => describeStack(cloudFormation, stackId),
    found => found.kind === 'absent',
    waiting,
  );
  if (known.kind === 'absent') return { kind: 'gone' };
  return pollUntil<StackResult>(async () => {
    const found = await describeStack(cloudFormation, stackId);
    if (found.kind === 'absent')
      return { kind: 'waiting', waitingFor: `CloudFormation does not show ${stackId} although it did.` };
    const { stack } = found;
    if (stack.status === 'DELETE_COMPLETE') return { kind: 'done', value: { kind: 'gone' } };
    if (stack.status.endsWith('_IN_PROGRESS'))
      return { kind: 'waiting', waitingFor: `Stack ${stack.name} is ${stack.status}.` };
    if (stack.status === 'CREATE_COMPLETE' || stack.status === 'UPDATE_COMPLETE')
      return { kind: 'done', value: { kind: 'complete', stack } };
    const failure = firstFailure(await stackEvents(cloudFormation, stackId), 'CREATE');
    const reason = failure?.sentence ?? `Stack ${stack.name} ended as ${stack.status} and no event says why.`;
    return { kind: 'done', value: { kind: 'failed', status: stack.status, reason } };
  }, waiting);
}
