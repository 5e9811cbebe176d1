import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { bringUpBlue, Operator, request } from './deployment.ts';

describe('a deployment on real brokers, Temporal and emulated AWS', () => {
  let local: LocalStack;
  let operator: Operator;
  before(async () => {
    local = await startLocal();
    await bringUpBlue(local);
    await local.startWorker();
    operator = await Operator.connect(local);
  });
  after(async () => {
    await operator.close();
    await local.stop();
  });

  test('goes from preflight to the deletion of blue, with every effect read back', async () => {
    await operator.start(request);
    await operator.approve('flip');
    await operator.approve('decommission');
    const report = await operator.handle.result();
    assert.equal(report.outcome, 'deployed');
    assert.deepEqual(
      report.phases.map(p => p.state),
      Array(12).fill('done'),
    );
    assert.equal(report.ledger?.rows, 5);
    assert.equal(report.ledger.drained, 5);
  });
});
