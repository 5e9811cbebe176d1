/** Blue's end: the stack that the deployment began with, by its StackId, and nothing that its owners protect. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  type CloudFormationClient,
  CreateStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { describeStack } from '../../aws/stack-describe.ts';
import { guarantee } from '../support/guarantee.ts';
import { type AwsWorld, type AwsWorlds, startAwsWorlds } from './aws-world.ts';

describe('the deletion of blue', () => {
  let worlds: AwsWorlds;
  let world: AwsWorld;
  let byHand: CloudFormationClient;
  before(async () => {
    worlds = await startAwsWorlds();
    byHand = worlds.aws.observer.cloudFormation;
  });
  after(() => worlds.stop());

  /** Everything is on green, and blue may go. */
  beforeEach(async () => {
    world = await worlds.open();
    await world.withGreen();
    for (const step of ['announceDeployment', 'flipRecord', 'moveReaders'] as const) await done(step);
  });

  async function done(step: Parameters<AwsWorld['step']>[0]): Promise<void> {
    const ended = await world.step(step);
    assert.equal(ended.kind, 'done', JSON.stringify(ended));
  }

  const protect = (on: boolean) =>
    byHand.send(
      new UpdateTerminationProtectionCommand({
        StackName: world.deployment.blue.stackId,
        EnableTerminationProtection: on,
      }),
    );

  test(
    ...guarantee(
      { promise: 'deletion', fault: "blue's name leads to somebody else's stack by now" },
      "means the stack that the deployment began with: another one of its name is somebody's, and stays",
      async () => {
        const { blue } = world.deployment;
        // The emulator keeps one stack a name, where AWS also knows those that were deleted: here the name is another one.
        const theirs = `${blue.stack.slice(0, -1)}theirs`;
        const TemplateBody = "Resources: {Theirs: {Type: 'AWS::CloudFormation::WaitConditionHandle'}}";
        await byHand.send(new CreateStackCommand({ StackName: theirs, TemplateBody }));
        world.deployment = { ...world.deployment, blue: { ...blue, stack: theirs } };
        await done('deleteBlue');
        const [gone, stays] = [await describeStack(byHand, blue.stackId), await describeStack(byHand, theirs)];
        assert.equal(gone.kind === 'stack' && gone.stack.status, 'DELETE_COMPLETE');
        assert.match(stays.kind === 'stack' ? stays.stack.status : stays.kind, /^CREATE_/);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'green, which somebody may have written to, cannot be asked' },
      'leaves a green alone that the run has met, until its cluster was asked what it holds; one that was never met is deleted',
      async () => {
        const { green } = world.deployment;
        assert.ok(green);
        const asked = await world.step('deleteGreen', { stackId: green.stackId });
        assert.ok(asked.kind === 'refused' && asked.type === 'ClusterAsked', JSON.stringify(asked));
        const stays = await describeStack(byHand, green.stackId);
        assert.equal(stays.kind === 'stack' && stays.stack.status, 'CREATE_COMPLETE');
        world.deployment = { ...world.deployment, green: null };
        assert.equal((await world.step('deleteGreen', { stackId: green.stackId })).kind, 'done');
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'blue has termination protection' },
      'begins with nothing while blue is protected: its instances run, and the sentence has the command that lifts it',
      async () => {
        await protect(true);
        for (const step of ['stopBlue', 'deleteBlue'] as const) {
          const refused = await world.step(step);
          assert.ok(refused.kind === 'refused' && refused.type === 'ProtectedStack', JSON.stringify(refused));
          assert.match(refused.message, /aws cloudformation update-termination-protection --no-enable/);
          assert.deepEqual((await world.seen())['instancesOfBlue'], ['running', 'running', 'running']);
        }
        await protect(false);
        for (const step of ['stopBlue', 'deleteBlue'] as const) await done(step);
      },
    ),
  );
});
