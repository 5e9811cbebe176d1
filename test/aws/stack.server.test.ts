import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  CreateStackCommand,
  DescribeStackResourceCommand,
  SetStackPolicyCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateSubnetCommand, DeleteSubnetCommand } from '@aws-sdk/client-ec2';
import { awsTrouble } from '../../aws/errors.ts';
import { protectionOf, refuseProtected } from '../../aws/protection.ts';
import { createStack, type NewStack, waitForStack } from '../../aws/stack.ts';
import { deleteStack, waitForDeletion } from '../../aws/stack-deletion.ts';
import { describeStack, stackEvents } from '../../aws/stack-describe.ts';
import { latestStackEventId } from '../../aws/stack-events.ts';
import { declaredParameters, readTemplateOf } from '../../aws/template.ts';
import { startTestAws, type TestAws, uniqueWord } from './endpoint.ts';

let aws: TestAws;
before(async () => {
  aws = await startTestAws();
});
after(() => aws.stop());
beforeEach(() => aws.inject([]));

const deadlineMs = 20_000;

/** A stack that is complete at once, with a text parameter, a secret and an output. */
const simple = `Parameters:
  Suffix: {Type: String}
  Password: {Type: String, NoEcho: true}
Resources:
  Handle: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
Outputs:
  Suffix: {Value: !Ref Suffix}
`;
/** A stack whose only wait is decided by a signal, or by its time-out. */
const waitingFor = (timeoutSeconds: number) => `Resources:
  Ready: {Type: 'AWS::CloudFormation::WaitConditionHandle'}
  BrokersReady:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Ready, Timeout: '${timeoutSeconds}', Count: 1}
`;
/** A stack that cannot be deleted while somebody else's subnet is in its network. */
const network = `Resources:
  Net: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.66.0.0/16}}
Outputs:
  Vpc: {Value: !Ref Net}
`;

function newStack(body: string, change: Partial<NewStack> = {}): NewStack {
  return {
    name: `kafka-${uniqueWord()}-b`,
    cluster: 'orders',
    deployment: uniqueWord(),
    template: { kind: 'body', body },
    parameters: [],
    role: null,
    ...change,
  };
}

function simpleStack(): NewStack {
  process.env['TEST_STACK_PASSWORD'] = 'correct horse';
  return newStack(simple, {
    parameters: [
      { name: 'Suffix', value: { kind: 'text', text: 'b' } },
      { name: 'Password', value: { kind: 'secret', name: 'env:TEST_STACK_PASSWORD' } },
    ],
  });
}

async function created(stack: NewStack): Promise<string> {
  const { stackId } = await createStack(aws.clients.cloudFormation, stack);
  const result = await waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs });
  assert.equal(result.kind, 'complete');
  return stackId;
}

function ownDeletion(stack: NewStack) {
  const owner = { kind: 'deployment', id: stack.deployment } as const;
  return deleteStack(aws.clients.cloudFormation, { stack: stack.name, owner, role: stack.role }, { lagMs: 300 });
}

async function deleted(stack: NewStack): Promise<void> {
  const started = await ownDeletion(stack);
  assert.ok(started.kind === 'deleting');
  const result = await waitForDeletion(aws.clients.cloudFormation, started, { deadlineMs });
  assert.deepEqual(result, { kind: 'deleted' });
}

test('A stack is created with tags, secrets and outputs, and its template reads back to the letter', async () => {
  const stack = simpleStack();
  const { stackId } = await createStack(aws.clients.cloudFormation, stack);
  const result = await waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs });
  assert.ok(result.kind === 'complete');
  assert.deepEqual(result.stack.outputs, { Suffix: 'b' });
  const found = await describeStack(aws.clients.cloudFormation, stack.name);
  assert.ok(found.kind === 'stack');
  assert.equal(found.stack.stackId, stackId);
  assert.equal(found.stack.deployment, stack.deployment);
  assert.deepEqual(found.stack.parameters, { Suffix: 'b', Password: '****' });
  const template = await readTemplateOf(aws.clients.cloudFormation, stack.name);
  assert.deepEqual(template, { kind: 'body', body: simple });
  const declared = await declaredParameters(aws.clients.cloudFormation, template);
  assert.deepEqual(
    declared.map(({ name, noEcho }) => ({ name, noEcho })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    [
      { name: 'Password', noEcho: true },
      { name: 'Suffix', noEcho: false },
    ],
  );
});

test('Asking again for the same stack finds it instead of making another', async () => {
  const stack = simpleStack();
  const stackId = await created(stack);
  assert.deepEqual(await createStack(aws.clients.cloudFormation, stack), { stackId });
});

test('A creation whose answer was lost is found by the retry', async () => {
  const stack = simpleStack();
  aws.inject([{ action: 'CreateStack', kind: { kind: 'drop-after-effect' } }]);
  const stackId = await created(stack);
  assert.equal(aws.calls.get('CreateStack'), 2);
  const tokens = (await stackEvents(aws.clients.cloudFormation, stackId)).map(event => event.ClientRequestToken);
  assert.deepEqual(new Set(tokens), new Set([`kafka-bluegreen-${stack.deployment}-create`]));
});

test('Of two that create a stack of one name at once the same deployment finds itself and another is refused', async () => {
  const stack = simpleStack();
  const [one, other] = await Promise.all([
    createStack(aws.clients.cloudFormation, stack),
    createStack(aws.clients.cloudFormation, stack),
  ]);
  assert.deepEqual(one, other);

  const name = `kafka-${uniqueWord()}-b`;
  const tries = await Promise.allSettled(
    ['first', 'second'].map(deployment =>
      createStack(aws.clients.cloudFormation, { ...simpleStack(), name, deployment }),
    ),
  );
  const refused = tries.flatMap(t => (t.status === 'rejected' ? [awsTrouble(t.reason).type] : []));
  assert.deepEqual(refused, ['StackNameTaken']);
});

test("A stack of the same name that is not this deployment's is never adopted", async () => {
  const stack = simpleStack();
  await created(stack);
  const other = { ...stack, deployment: 'another' };
  await assert.rejects(() => createStack(aws.clients.cloudFormation, other), {
    name: 'StackNameTaken',
    message: new RegExp(`${stack.name}.*deployment ${stack.deployment}.*delete-stack`),
  });
  const untagged = `kafka-${uniqueWord()}-b`;
  await aws.clients.cloudFormation.send(new CreateStackCommand({ StackName: untagged, TemplateBody: network }));
  await assert.rejects(() => createStack(aws.clients.cloudFormation, { ...stack, name: untagged }), {
    name: 'StackNameTaken',
    message: /no deployment made it/,
  });
});

test('A missing secret stops the creation before anything is made', async () => {
  const stack = newStack(simple, {
    parameters: [{ name: 'Password', value: { kind: 'secret', name: 'env:TEST_NO_SUCH_SECRET' } }],
  });
  await assert.rejects(() => createStack(aws.clients.cloudFormation, stack), {
    name: 'SecretMissing',
    message: /env:TEST_NO_SUCH_SECRET/,
  });
  assert.deepEqual(await describeStack(aws.clients.cloudFormation, stack.name), { kind: 'absent' });
});

test('A broker that signals its failure rolls the stack back, and the result says which resource and why', async () => {
  const stack = newStack(waitingFor(60));
  const { stackId } = await createStack(aws.clients.cloudFormation, stack);
  const url = await signalUrl(stackId);
  const signal = { Status: 'FAILURE', UniqueId: '1', Reason: 'broker 1: no space left on /data', Data: '' };
  await fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body: JSON.stringify(signal) });
  const result = await waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs });
  assert.ok(result.kind === 'failed');
  assert.equal(result.status, 'ROLLBACK_COMPLETE');
  assert.match(
    result.reason,
    /BrokersReady \(AWS::CloudFormation::WaitCondition\) could not be created: .*no space left/,
  );
  await deleted(stack);
});

async function signalUrl(stackId: string): Promise<string> {
  for (const until = Date.now() + deadlineMs; Date.now() < until; ) {
    const command = new DescribeStackResourceCommand({ StackName: stackId, LogicalResourceId: 'Ready' });
    try {
      const { StackResourceDetail } = await aws.clients.cloudFormation.send(command);
      if (StackResourceDetail?.PhysicalResourceId?.startsWith('http')) return StackResourceDetail.PhysicalResourceId;
    } catch (error) {
      if (awsTrouble(error).type !== 'ValidationError') throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('the wait condition never got its handle');
}

test('A stack nobody signals to times out, and the result says so', async () => {
  const { stackId } = await createStack(aws.clients.cloudFormation, newStack(waitingFor(1)));
  const result = await waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs });
  assert.ok(result.kind === 'failed');
  assert.match(result.reason, /BrokersReady .*timed out/i);
});

test('A stack that is not complete by the deadline is not yet, with its status', async () => {
  const stack = newStack(waitingFor(60));
  const { stackId } = await createStack(aws.clients.cloudFormation, stack);
  await assert.rejects(() => waitForStack(aws.clients.cloudFormation, stackId, { deadlineMs: 300 }), {
    name: 'NotYet',
    message: /CREATE_IN_PROGRESS/,
  });
  await deleted(stack);
});

test('A deletion is watched by StackId to its end, and asking again finds nothing', async () => {
  const stack = simpleStack();
  const stackId = await created(stack);
  aws.inject([{ action: 'DeleteStack', kind: { kind: 'drop-after-effect' } }]);
  await deleted(stack);
  const byId = await describeStack(aws.clients.cloudFormation, stackId);
  assert.ok(byId.kind === 'stack' && byId.stack.status === 'DELETE_COMPLETE');
  assert.deepEqual(await ownDeletion(stack), { kind: 'nothing-there' });
});

test("A stack with another deployment's tag is left alone", async () => {
  const stack = simpleStack();
  await created(stack);
  await assert.rejects(() => ownDeletion({ ...stack, deployment: 'another' }), {
    name: 'ForeignStack',
    message: new RegExp(`belongs to deployment ${stack.deployment}`),
  });
  assert.equal((await describeStack(aws.clients.cloudFormation, stack.name)).kind, 'stack');
  await deleted(stack);
});

test('Termination protection refuses the deletion with the command that lifts it', async () => {
  const stack = simpleStack();
  const stackId = await created(stack);
  const protect = (on: boolean) =>
    aws.clients.cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: stackId, EnableTerminationProtection: on }),
    );
  await protect(true);
  await assert.rejects(() => ownDeletion(stack), {
    name: 'ProtectedStack',
    message: /update-termination-protection --no-enable-termination-protection --stack-name kafka-/,
  });
  assert.equal(aws.calls.get('DeleteStack'), undefined);
  await protect(false);
  await deleted(stack);
});

test('A stack policy refuses the deletion until the command it names was run', async () => {
  const stack = simpleStack();
  const stackId = await created(stack);
  const setPolicy = (StackPolicyBody: string) =>
    aws.clients.cloudFormation.send(new SetStackPolicyCommand({ StackName: stackId, StackPolicyBody }));
  await setPolicy('{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}');
  const found = await describeStack(aws.clients.cloudFormation, stackId);
  assert.ok(found.kind === 'stack');
  const protection = await protectionOf(aws.clients.cloudFormation, found.stack);
  assert.ok(protection.kind === 'stack-policy');
  assert.throws(() => refuseProtected(found.stack, protection), { name: 'ProtectedStack' });
  const [, body = ''] = /--stack-policy-body '(.*)'$/.exec(protection.command) ?? [];
  await setPolicy(body);
  await deleted(stack);
});

test('A deletion that fails says which resource is in the way, and the next try succeeds', async () => {
  const stack = newStack(network);
  const stackId = await created(stack);
  const found = await describeStack(aws.clients.cloudFormation, stackId);
  assert.ok(found.kind === 'stack');
  const foreign = await aws.clients.ec2.send(
    new CreateSubnetCommand({ VpcId: found.stack.outputs['Vpc'], CidrBlock: '10.66.1.0/24' }),
  );
  const first = await ownDeletion(stack);
  assert.ok(first.kind === 'deleting');
  const failed = await waitForDeletion(aws.clients.cloudFormation, first, { deadlineMs });
  assert.ok(failed.kind === 'failed');
  assert.match(failed.reason, /Net \(AWS::EC2::VPC\) could not be deleted/);

  const earlierFailure = latestStackEventId(await stackEvents(aws.clients.cloudFormation, stackId), 'DELETE_FAILED');
  const notBegun = { stackId, earlierFailure };
  await assert.rejects(() => waitForDeletion(aws.clients.cloudFormation, notBegun, { deadlineMs: 200 }), {
    name: 'NotYet',
    message: /still shows its earlier DELETE_FAILED/,
  });
  const second = await ownDeletion(stack);
  assert.deepEqual(second, { kind: 'deleting', ...notBegun });
  const failedAgain = await waitForDeletion(aws.clients.cloudFormation, second, { deadlineMs });
  assert.equal(failedAgain.kind, 'failed', 'the failure of the second try is told from the first');

  await aws.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: foreign.Subnet?.SubnetId }));
  await deleted(stack);
});
