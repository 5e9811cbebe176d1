/** What CloudFormation knows of a stack, as plain JSON. A stack that is not there is a case of its own. */
import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { isAwsError, NotYet } from './errors.ts';

/** Whose a stack is: the deployment that made it puts its id there, and nothing else is ever deleted by it. */
export const DEPLOYMENT_TAG = 'kafka-bluegreen:deployment';
export const CLUSTER_TAG = 'kafka-bluegreen:cluster';

export interface StackFacts {
  readonly stackId: string;
  readonly name: string;
  /** CloudFormation's status word, such as `CREATE_COMPLETE`. */
  readonly status: string;
  /** Id of the deployment that made it, or null. */
  readonly deployment: string | null;
  /** NoEcho parameters are read back as `****`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly terminationProtected: boolean;
}

export type StackFound = { readonly kind: 'stack'; readonly stack: StackFacts } | { readonly kind: 'absent' };

/** Looks a stack up by name or StackId. A deleted stack is found by its StackId only. */
export async function describeStack(cloudFormation: CloudFormationClient, nameOrId: string): Promise<StackFound> {
  try {
    const answer = await cloudFormation.send(new DescribeStacksCommand({ StackName: nameOrId }));
    const [stack] = answer.Stacks ?? [];
    return stack === undefined ? { kind: 'absent' } : { kind: 'stack', stack: factsOf(stack) };
  } catch (error) {
    if (isAwsError(error, 'ValidationError', /does not exist/)) return { kind: 'absent' };
    throw error;
  }
}

function factsOf(stack: Stack): StackFacts {
  return {
    stackId: stack.StackId ?? '',
    name: stack.StackName ?? '',
    status: stack.StackStatus ?? 'UNKNOWN',
    deployment: stack.Tags?.find(tag => tag.Key === DEPLOYMENT_TAG)?.Value ?? null,
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey, ParameterValue }) => [ParameterKey ?? '', ParameterValue ?? '']),
    ),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
    ),
    terminationProtected: stack.EnableTerminationProtection === true,
  };
}

/** Whether the stack stands: complete, in whatever it was asked for last, and neither failed nor going. */
export function stands(stack: StackFacts): boolean {
  return stack.status.endsWith('_COMPLETE') && !/^(DELETE|ROLLBACK)_/.test(stack.status);
}

/** Asks about a stack that was just seen: "does not exist" is then an answer from the past, and asked again. */
export async function ofKnownStack<T>(stack: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isAwsError(error, 'ValidationError', /does not exist/)) throw error;
    throw new NotYet(`CloudFormation showed stack ${stack}, but does not know it in every place; it is asked again.`);
  }
}

/** Every event of the stack, newest first. */
export function stackEvents(cloudFormation: CloudFormationClient, stackId: string): Promise<StackEvent[]> {
  return ofKnownStack(stackId, () => everyEvent(cloudFormation, stackId));
}

async function everyEvent(cloudFormation: CloudFormationClient, stackId: string): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page: { StackEvents?: StackEvent[] | undefined; NextToken?: string | undefined } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: stackId, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    events.push(...(page.StackEvents ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return events;
}
