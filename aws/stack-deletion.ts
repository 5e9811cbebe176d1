/**
 * Deleting a stack and watching it to its end by StackId, the only name a deleted stack still has. Green goes only with
 * its deployment's own tag; what its owners protected stays. Asking again is harmless: nothing there is done.
 */
import { type CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { AwsRefused } from './errors.ts';
import { lookPastLag, pollUntil, type Waiting } from './poll.ts';
import { protectionOf, refuseProtected } from './protection.ts';
import { describeStack, type StackFacts, stackEvents } from './stack-describe.ts';
import { firstFailure, latestStackEventId } from './stack-events.ts';

export interface Deletion {
  /** Blue by StackId, so that a later stack of the same name is never meant; green by name or StackId. */
  readonly stack: string;
  /** Whose it must be: a deployment's own (green), or the stack that was asked for whoever made it (blue). */
  readonly owner: { readonly kind: 'deployment'; readonly id: string } | { readonly kind: 'anyone' };
  /** The role in which CloudFormation deletes the resources; null for the one it made them in, or the worker's own rights. */
  readonly role: string | null;
}

export type DeletionStarted =
  | { readonly kind: 'nothing-there' }
  /** `earlierFailure` names the failure of an earlier try, which is not the failure of this one. */
  | { readonly kind: 'deleting'; readonly stackId: string; readonly earlierFailure: string | null };

/**
 * Asks CloudFormation to delete the stack. Refuses with `ForeignStack` when its tag is not the owner's, with `ProtectedStack`
 * (and the command that lifts it) when it is protected, and with `StackUnknown` when it is meant by a StackId that
 * CloudFormation has never heard of.
 */
export async function deleteStack(
  cloudFormation: CloudFormationClient,
  deletion: Deletion,
  waiting: Waiting = {},
): Promise<DeletionStarted> {
  const found = await lookPastLag(
    () => describeStack(cloudFormation, deletion.stack),
    ({ kind }) => kind === 'absent',
    waiting,
  );
  if (found.kind === 'absent') {
    if (!deletion.stack.startsWith('arn:')) return { kind: 'nothing-there' };
    throw unknownStack(deletion.stack);
  }
  if (found.stack.status === 'DELETE_COMPLETE') return { kind: 'nothing-there' };
  const { stack } = found;
  refuseForeign(stack, deletion);
  if (stack.status === 'DELETE_IN_PROGRESS') return { kind: 'deleting', stackId: stack.stackId, earlierFailure: null };
  refuseProtected(stack, await protectionOf(cloudFormation, stack));
  const earlierFailure = await failureOf(cloudFormation, stack);
  const role = deletion.role === null ? {} : { RoleARN: deletion.role };
  await cloudFormation.send(new DeleteStackCommand({ StackName: stack.stackId, ...role }));
  return { kind: 'deleting', stackId: stack.stackId, earlierFailure };
}

/** A deleted stack stays known by its StackId for 90 days (DescribeStacks), so one that is not known there was never seen here. */
function unknownStack(stackId: string): AwsRefused {
  return new AwsRefused(
    'StackUnknown',
    `CloudFormation does not know stack ${stackId}, not even as a deleted one, so nobody can say whether it is gone. ` +
      "Check the account and the region of the worker's credentials, then resume.",
  );
}

function refuseForeign(stack: StackFacts, { owner }: Deletion): void {
  if (owner.kind === 'anyone' || stack.deployment === owner.id) return;
  const whose = stack.deployment === null ? 'carries no deployment id' : `belongs to deployment ${stack.deployment}`;
  throw new AwsRefused(
    'ForeignStack',
    `Stack ${stack.name} was to be deleted as deployment ${owner.id}'s own, but it ${whose}; it is left alone. ` +
      'Find out whose it is before deleting it by hand.',
  );
}

async function failureOf(cloudFormation: CloudFormationClient, stack: StackFacts): Promise<string | null> {
  if (stack.status !== 'DELETE_FAILED') return null;
  return latestStackEventId(await stackEvents(cloudFormation, stack.stackId), 'DELETE_FAILED');
}

export type DeletionResult =
  | { readonly kind: 'deleted' }
  /** One sentence with the resource that could not be deleted; asking again may succeed. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Watches a deletion to its end. Pass what `deleteStack` returned. */
export async function waitForDeletion(
  cloudFormation: CloudFormationClient,
  started: { readonly stackId: string; readonly earlierFailure?: string | null },
  waiting: Waiting = {},
): Promise<DeletionResult> {
  return pollUntil<DeletionResult>(async () => {
    const found = await describeStack(cloudFormation, started.stackId);
    if (found.kind === 'absent')
      return { kind: 'waiting', waitingFor: `CloudFormation does not show ${started.stackId} although it did.` };
    if (found.stack.status === 'DELETE_COMPLETE') return { kind: 'done', value: { kind: 'deleted' } };
    const { stack } = found;
    if (stack.status !== 'DELETE_FAILED')
      return { kind: 'waiting', waitingFor: `Stack ${stack.name} is ${stack.status}.` };
    const events = await stackEvents(cloudFormation, started.stackId);
    if (latestStackEventId(events, 'DELETE_FAILED') === (started.earlierFailure ?? null))
      return { kind: 'waiting', waitingFor: `Stack ${stack.name} still shows its earlier DELETE_FAILED.` };
    const reason = firstFailure(events, 'DELETE')?.sentence ?? `Stack ${stack.name} ended as DELETE_FAILED.`;
    return { kind: 'done', value: { kind: 'failed', reason } };
  }, waiting);
}
