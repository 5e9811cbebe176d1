import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Dependencies } from '../../activities/dependencies.ts';
import { Refused } from '../../activities/step.ts';
import { unlessBlueGone } from '../../activities/without-blue.ts';
import type { Deployment } from '../../contract/deployment.ts';
import type { RunWaiver } from '../../contract/messages.ts';
import { endpoint } from './endpoint.ts';

const waiver: RunWaiver = { kind: 'topic', name: '*', by: 'grace', reason: 'deleted by mistake' };

describe('a step whose blue somebody deleted', () => {
  let cloudFormation: CloudFormationClient;
  let StackStatus = 'DELETE_COMPLETE';
  before(() => {
    cloudFormation = new CloudFormationClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    });
    // Answers in place of the network.
    cloudFormation.middlewareStack.add(
      () => async () => ({ response: {}, output: { $metadata: {}, Stacks: [{ StackStatus }] } }) as never,
      { step: 'initialize', priority: 'high' },
    );
  });
  after(() => cloudFormation.destroy());

  const gone = () => Promise.reject(new Refused('StackGone', 'Stack a was deleted.'));
  const step = (body: () => Promise<string>, waivers: readonly RunWaiver[]) =>
    unlessBlueGone(
      { aws: { cloudFormation } as unknown as Dependencies['aws'] },
      { deployment: { blue: endpoint('a') } as unknown as Deployment, waivers },
      body,
      async ({ by }) => `given up by ${by}`,
    );

  test('holds and says which waiver ends it', async () => {
    const another = { ...waiver, name: 'orders' };
    for (const waivers of [[], [another]])
      await assert.rejects(step(gone, waivers), {
        type: 'StackGone',
        message:
          'Stack a was deleted. The run ends without blue once somebody answers for that: waive topic *, and say why.',
      });
  });

  test('goes on without it once somebody answers for that, and only when its stack is really deleted', async () => {
    StackStatus = 'DELETE_FAILED';
    await assert.rejects(step(gone, [waiver]), /not deleted yet; resume when its status is DELETE_COMPLETE/);
    StackStatus = 'DELETE_COMPLETE';
    assert.equal(await step(gone, [waiver]), 'given up by grace');
  });

  test('is the step itself while blue stands, whatever was waived, and fails as the step does', async () => {
    assert.equal(await step(async () => 'proved', [waiver]), 'proved');
    const open = () => Promise.reject(new Refused('FenceOpen', 'open'));
    await assert.rejects(step(open, [waiver]), { type: 'FenceOpen' });
  });
});
