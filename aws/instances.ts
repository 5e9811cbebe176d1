/**
 * The stack's own instances, by what CloudFormation says it made, and stopping them: read back until every one is
 * stopped or gone. Stopping what is stopped changes nothing (EC2 StopInstances).
 */
import { type CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, type EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { isAwsError } from './errors.ts';
import { LONGEST_LAG_MS, pollUntil, type Waiting } from './poll.ts';
import { ofKnownStack } from './stack-describe.ts';

export interface Instance {
  readonly id: string;
  /** EC2's word: pending, running, stopping, stopped, shutting-down, terminated; `unknown` when EC2 does not show it. */
  readonly state: string;
  readonly privateIp: string | null;
}

const perCall = 100;

/**
 * The stack's instances (by StackId or name) as the template declares them; members of an Auto Scaling group are not
 * among them. One that EC2 does not know is `unknown`: it was terminated an hour ago, or EC2 is behind.
 */
export async function instancesOfStack(
  clients: { readonly cloudFormation: CloudFormationClient; readonly ec2: EC2Client },
  stack: string,
): Promise<Instance[]> {
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof listResources>> = await listResources(clients.cloudFormation, stack, token);
    for (const resource of page.StackResourceSummaries ?? [])
      if (
        resource.ResourceType === 'AWS::EC2::Instance' &&
        resource.ResourceStatus !== 'DELETE_COMPLETE' &&
        resource.PhysicalResourceId
      )
        ids.push(resource.PhysicalResourceId);
    token = page.NextToken;
  } while (token !== undefined);
  return describeInstances(clients.ec2, ids);
}

function listResources(cloudFormation: CloudFormationClient, stack: string, token: string | undefined) {
  return ofKnownStack(stack, () =>
    cloudFormation.send(
      new ListStackResourcesCommand({ StackName: stack, ...(token === undefined ? {} : { NextToken: token }) }),
    ),
  );
}

/** One for each id: what EC2 leaves out is unknown, not absent. */
async function describeInstances(ec2: EC2Client, ids: readonly string[]): Promise<Instance[]> {
  const found = new Map<string, Instance>();
  for (let i = 0; i < ids.length; i += perCall)
    for (const instance of await describeSome(ec2, ids.slice(i, i + perCall))) found.set(instance.id, instance);
  return ids.map(id => found.get(id) ?? { id, state: 'unknown', privateIp: null });
}

/** One unknown id makes EC2 refuse the whole list, so the list is halved until the unknown ones stand alone. */
async function describeSome(ec2: EC2Client, ids: readonly string[]): Promise<Instance[]> {
  try {
    const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
    return (answer.Reservations ?? [])
      .flatMap(reservation => reservation.Instances ?? [])
      .map(instance => ({
        id: instance.InstanceId ?? 'unknown',
        state: instance.State?.Name ?? 'unknown',
        privateIp: instance.PrivateIpAddress ?? null,
      }));
  } catch (error) {
    if (!isAwsError(error, 'InvalidInstanceID.NotFound')) throw error;
    if (ids.length === 1) return [];
    const half = Math.ceil(ids.length / 2);
    return [...(await describeSome(ec2, ids.slice(0, half))), ...(await describeSome(ec2, ids.slice(half)))];
  }
}

/**
 * Stops the instances and waits until each is seen stopped or terminated. One that EC2 goes on not to know for longer than it
 * can be behind has been terminated. Returns them as they were seen last.
 */
export async function stopInstances(
  ec2: EC2Client,
  ids: readonly string[],
  waiting: Waiting = {},
): Promise<readonly Instance[]> {
  const started = performance.now();
  return pollUntil(async () => {
    const late = performance.now() - started >= (waiting.lagMs ?? LONGEST_LAG_MS);
    const seen = (await describeInstances(ec2, ids)).map(i =>
      late && i.state === 'unknown' ? { ...i, state: 'terminated' } : i,
    );
    const toStop = seen.filter(({ state }) => state === 'running' || state === 'pending').map(({ id }) => id);
    for (let i = 0; i < toStop.length; i += perCall)
      await ec2.send(new StopInstancesCommand({ InstanceIds: toStop.slice(i, i + perCall) }));
    const left = seen.filter(({ state }) => state !== 'stopped' && state !== 'terminated');
    if (left.length === 0) return { kind: 'done', value: seen };
    const example = left[0] === undefined ? '' : `, such as ${left[0].id} (${left[0].state})`;
    return { kind: 'waiting', waitingFor: `${left.length} of ${ids.length} instances are not stopped yet${example}.` };
  }, waiting);
}
