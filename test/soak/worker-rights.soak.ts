/** Whole deployments by a worker that has the rights of cloudformation/worker-policy.yaml and no others, on an AWS that asks for them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startLocal } from '../../local/stack.ts';
import { BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { guarantee } from '../support/guarantee.ts';
import { employ } from '../support/worker-rights.ts';

describe('a worker that may do what its policy says', () => {
  let local: Awaited<ReturnType<typeof startLocal>>;
  let eyes: Eyes;
  let operator: Operator;
  before(async () => {
    local = await startLocal({ authorizing: true });
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await local.startWorker(
      await employ(eyes.aws, { zoneId: local.zone.id, stackPrefix: 'kafka-orders-', record: RECORD }),
    );
    operator = await Operator.connect(local);
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  test(
    ...guarantee(
      { promise: 'undone', fault: 'a worker without any right that the policy does not give' },
      'undoes a deployment that was rejected',
      async () => {
        await operator.start(request);
        await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
        await operator.tell('reject', { gate: 'flip', reason: 'not today' });
        assert.equal((await operator.handle.result()).outcome, 'rejected');
        assert.equal(await eyes.stackStatus(GREEN), 'absent');
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'a worker without any right that the policy does not give' },
      'replaces blue by green, from the plan to the deletion',
      async () => {
        await operator.start(request);
        await operator.approve('flip');
        await operator.approve('decommission');
        assert.equal((await operator.handle.result()).outcome, 'deployed');
        assert.equal(await eyes.stackStatus(BLUE), 'absent');
      },
    ),
  );
});
