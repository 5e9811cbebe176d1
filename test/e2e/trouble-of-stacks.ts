/** What goes wrong with a stack of the emulated cloud, and how its instances fare. */
import assert from 'node:assert/strict';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type { LocalStack } from '../../local/stack.ts';
import type { Eyes } from './eyes.ts';

/** One deletion of this resource fails: the stack ends as DELETE_FAILED, and the next deletion succeeds. */
export async function failDeletion(local: LocalStack, stackName: string, logicalId: string): Promise<void> {
  const answer = await fetch(`${local.awsEndpoint}/_emulator/stack-faults`, {
    method: 'POST',
    body: JSON.stringify([{ op: 'delete', stackName, logicalId, message: 'in use by somebody else' }]),
  });
  assert.equal(answer.status, 200);
}

/** EC2's word for each of the stack's instances. */
export async function instanceStates(eyes: Eyes, stack: string): Promise<readonly string[]> {
  const { Reservations = [] } = await eyes.aws.ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:aws:cloudformation:stack-name', Values: [stack] }] }),
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name ?? 'unknown'));
}
