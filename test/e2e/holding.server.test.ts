/** From the flip on a run holds where it is in doubt: one run meets trouble after trouble, says each by name, and goes on once it is mended. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, Operator, request, WORKFLOW_ID } from './deployment.ts';
import { Eyes } from './eyes.ts';
import { Straggler } from './straggler.ts';

describe('after the flip', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let straggler: Straggler | null = null;
  let lastHold: string | null = null;
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await eyes.commitAtEnds(BLUE, 'reports', 'payments', 3);
    await local.startWorker();
    operator = await Operator.connect(local);
    await operator.start({
      ...request,
      groups: [{ match: '*', disposition: 'move' }],
      drain: { ...request.drain, deadline: '3s' },
    });
    await operator.approve('flip');
    straggler = await Straggler.start(await eyes.kafka(BLUE, 'straggler'), 'orders');
    await operator.until('writers are waited for', s => s.phase === 'settle');
  });
  after(async () => {
    await straggler?.stop();
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function nextHold(): Promise<string> {
    lastHold = await operator.holds(lastHold);
    const details = await operator.currentDetails();
    assert.ok(details.includes(lastHold), 'the Web UI shows why');
    const command = `temporal workflow update execute --workflow-id ${WORKFLOW_ID} --name resume`;
    assert.ok(details.includes(command), 'the Web UI shows the command');
    assert.ok((await operator.status()).waitingFor?.command.startsWith(command));
    return lastHold;
  }

  test('a topic that was created on blue meanwhile holds the freeze by its name, until it is gone', async () => {
    await eyes.admin(BLUE, admin => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'late' }] }));
    await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', '2000000');
    await straggler?.stop();
    straggler = null;
    assert.match(
      await nextHold(),
      /^Topics were created on blue after preflight: late\. .*then resume; or roll back\.$/,
    );
    await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['late'] }));
    await until('blue has forgotten the topic', async () => !('late' in (await eyes.topicConfigs(BLUE))), {
      withinMs: 30_000,
    });
    await operator.tell('resume', {});
  });

  test('a topic config that somebody else changed is never overwritten: topic and key are named, until it is put back', async () => {
    assert.match(
      await nextHold(),
      /^Topic configs of blue were changed by somebody else: payments max\.message\.bytes is 2000000, expected .*Put them back, then resume\.$/,
    );
    assert.equal((await eyes.topicConfigs(BLUE))['payments']?.['max.message.bytes'], '2000000');
    await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
    await operator.tell('resume', {});
  });

  test('groups that lag past the deadline hold the drain by name and what is left, and one that catches up is released', async () => {
    const reason = await nextHold();
    assert.match(reason, /had read blue to its frozen ends after 3s: .*billing: \d+ offsets left/);
    assert.match(reason, /reports: 3 offsets left/);
    await eyes.commitAtEnds(BLUE, 'billing', 'orders');
    assert.equal((await operator.status()).phase, 'drain');
    await operator.tell('resume', {});
    const left = await nextHold();
    assert.match(left, /after 3s: reports: 3 offsets left\. Help them and resume, or waive them\.$/);
    assert.equal((await operator.status()).phase, 'release');
    await assert.rejects(operator.tell('rollback', {}), ({ cause }: Error) =>
      /first group was already released/.test(String(cause)),
    );
  });

  test('a waiver of the last group that lags ends its wait', async () => {
    await operator.tell('waive', { group: 'reports', reason: 'nobody reads them' });
    await operator.until(
      'the deletion waits for its approval',
      s => s.phase === 'decommission' && s.waitingFor?.kind === 'gate',
    );
    assert.equal((await eyes.topicConfigs(BLUE))['payments']?.['max.message.bytes'], '1', 'blue is fenced');
  });

  test('a fence that somebody opened holds the deletion, until it is closed again', async () => {
    await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
    await operator.tell('approve', { gate: 'decommission' });
    assert.match(await nextHold(), /^Partition payments-\d of blue is open, not fenced\. Blue is not deleted;/);
    assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
    await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', '1');
    await operator.tell('resume', {});
    const report = await operator.handle.result();
    assert.equal(report.outcome, 'deployed');
    assert.deepEqual(
      report.waivers.map(w => [w.kind, w.name, w.by]),
      [['group', 'reports', 'grace']],
    );
    assert.deepEqual([report.ledger?.groups, report.ledger?.rows, report.ledger?.drained], [1, 5, 5]);
    assert.equal(await eyes.stackStatus(BLUE), 'absent');
  });
});
