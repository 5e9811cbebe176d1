import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Dependencies } from '../../activities/dependencies.ts';
import { Refused } from '../../activities/step.ts';
import { unlessBlueGone } from '../../activities/without-blue.ts';
import type { Deployment } from '../../contract/deployment.ts';
import type { RunWaiver } from '../../contract/messages.ts';
import { stacksAre } from '../support/stacks-are.ts';
import { endpoint } from './endpoint.ts';

const waiver: RunWaiver = { kind: 'topic', name: '*', by: 'grace', reason: 'deleted by mistake' };

describe('a step whose blue somebody deleted', () => {
  let StackStatus = 'DELETE_COMPLETE';
  const cloudFormation = stacksAre(() => StackStatus);
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

  test('does not stand for green, where that is the stack that is gone', async () => {
    StackStatus = 'CREATE_COMPLETE';
    await assert.rejects(step(gone, [waiver]), { type: 'StackGone', message: 'Stack a was deleted.' });
  });

  test('is the step itself while blue stands, whatever was waived, and fails as the step does', async () => {
    assert.equal(await step(async () => 'proved', [waiver]), 'proved');
    const open = () => Promise.reject(new Refused('FenceOpen', 'open'));
    await assert.rejects(step(open, [waiver]), { type: 'FenceOpen' });
  });
});
