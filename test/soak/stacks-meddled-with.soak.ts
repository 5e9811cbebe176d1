/** What may befall the stacks while a run is under way: creations that never end, hands that delete, deletions that fail, protection. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStackCommand,
  DeleteStackCommand,
  SetStackPolicyCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { Holds } from '../e2e/holds.ts';
import { failDeletion, instanceStates } from '../e2e/trouble-of-stacks.ts';
import { guarantee } from '../support/guarantee.ts';

describe('the stacks of a deployment', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let holds: Holds;
  let record: ResourceRecordSet;
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    operator = await Operator.connect(local);
    holds = new Holds(operator, local);
    record = await eyes.record();
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  const deleteByHand = (stack: string) => eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: stack }));

  async function assertBlueInService(): Promise<void> {
    assert.deepEqual(await eyes.record(), record, 'the record with its TTL');
    assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
    await eyes.write(BLUE, 'payments', 1);
    await eyes.commitAtEnds(BLUE, 'billing', 'payments');
  }

  test(
    ...guarantee(
      { promise: 'refused', fault: "a stack of green's name appears after the plan" },
      'Somebody else may take the name of green after the plan: the run fails, and their stack is neither used nor deleted',
      async () => {
        await operator.start(request);
        await operator.handle.signal('pause', { by: 'grace' });
        await local.startWorker();
        await operator.until('the run is paused before its plan', s => s.waitingFor?.kind === 'pause');
        await operator.tell('resume', {});
        await operator.tell('pause', {});
        await operator.until(
          'the run is paused after its plan',
          s => s.waitingFor?.kind === 'pause' && s.phases.some(p => p.phase === 'preflight' && p.state === 'done'),
        );
        const TemplateBody = "Resources: {Theirs: {Type: 'AWS::CloudFormation::WaitConditionHandle'}}";
        await eyes.aws.cloudFormation.send(new CreateStackCommand({ StackName: GREEN, TemplateBody }));
        await operator.tell('resume', {});
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(message, /Stack kafka-orders-b exists already .*no deployment made it.* neither used nor deleted/);
        assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE', 'it is still theirs');
        const { problems } = await operator.plan(request);
        assert.deepEqual(
          problems.map(({ on }) => on),
          [`stack ${GREEN}`],
        );
        await deleteByHand(GREEN);
        await until('their stack is gone', async () => (await eyes.stackStatus(GREEN)) === 'absent', {
          withinMs: 30_000,
        });
        await assertBlueInService();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'a creation that does not end in time, and a deletion that fails once' },
      'A green that is not up in time is deleted, once what is in the way of its deletion is gone, and the run says what it still waited for',
      async () => {
        await failDeletion(local, GREEN, 'Broker2');
        await operator.start({ ...request, provision: { deadline: '3s' } });
        assert.match(
          await holds.next(),
          /^Stack kafka-orders-b: Broker2 \(AWS::EC2::Instance\) could not be deleted: in use by somebody else\./,
        );
        assert.equal((await operator.status()).phase, 'undo');
        assert.equal(await eyes.stackStatus(GREEN), 'DELETE_FAILED');
        await operator.tell('resume', {});
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(message, /Green was not up within 3s\. .*CREATE_IN_PROGRESS\. Still being created: .*Ready/);
        assert.equal(await eyes.stackStatus(GREEN), 'absent');
        await assertBlueInService();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'green is deleted by hand while it is created' },
      'A green that somebody deletes while it is created fails the run with one sentence, and blue is as it was',
      async () => {
        await operator.start(request);
        await until('green is being created', async () => (await eyes.stackStatus(GREEN)) === 'CREATE_IN_PROGRESS', {
          withinMs: 60_000,
        });
        await deleteByHand(GREEN);
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(
          message,
          /The green stack was deleted by somebody while it was being created\. Everything was undone: blue/,
        );
        await assertBlueInService();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'green is deleted by hand while the flip waits for its approval' },
      'A green that somebody deleted before the approval is noticed before the flip: nothing is moved, everything is undone',
      async () => {
        await operator.start(request);
        await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
        await deleteByHand(GREEN);
        await until('green is gone', async () => (await eyes.stackStatus(GREEN)) === 'absent', { withinMs: 60_000 });
        await operator.tell('approve', { gate: 'flip' });
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(
          message,
          /The green stack kafka-orders-b is DELETE_COMPLETE: .* no traffic is moved\. Everything was undone: blue/,
        );
        await assertBlueInService();
        const signpost = await eyes.signpost();
        assert.deepEqual([signpost?.['by'], signpost?.['drain']], ['-', '-']);
        assert.equal(signpost?.['write'], signpost?.['read']);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'termination protection, a stack policy, and a deletion that fails once' },
      'A protected blue is not even stopped: each protection holds with the command that lifts it, and a deletion that failed is tried again',
      async () => {
        await eyes.commitAtEnds(BLUE, 'billing', 'orders');
        const protect = (EnableTerminationProtection: boolean) =>
          eyes.aws.cloudFormation.send(
            new UpdateTerminationProtectionCommand({ StackName: BLUE, EnableTerminationProtection }),
          );
        const setPolicy = (StackPolicyBody: string) =>
          eyes.aws.cloudFormation.send(new SetStackPolicyCommand({ StackName: BLUE, StackPolicyBody }));
        await protect(true);
        await setPolicy('{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}');
        await failDeletion(local, BLUE, 'Broker3');

        await operator.start(request);
        await operator.approve('flip');
        await operator.approve('decommission');
        assert.match(
          await holds.next(),
          /^Stack kafka-orders-a has termination protection, .*lift it: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name kafka-orders-a$/,
        );
        await operator.tell('resume', {});
        assert.match(await holds.next(), /has termination protection/, 'a resume alone lifts nothing');
        await protect(false);
        await operator.tell('resume', {});
        const [, policy = ''] = /set-stack-policy .*--stack-policy-body '(.*)'$/.exec(await holds.next()) ?? [];
        assert.deepEqual(
          await instanceStates(eyes, BLUE),
          ['running', 'running', 'running'],
          'nothing was stopped yet',
        );
        await setPolicy(policy);
        await operator.tell('resume', {});
        assert.match(
          await holds.next(),
          /Broker3 \(AWS::EC2::Instance\) could not be deleted: in use by somebody else\./,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'DELETE_FAILED');
        await operator.tell('resume', {});
        assert.equal((await operator.handle.result()).outcome, 'deployed');
        assert.equal(await eyes.stackStatus(BLUE), 'absent');
      },
    ),
  );
});
