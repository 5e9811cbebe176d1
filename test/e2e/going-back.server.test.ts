/** Every way back on real brokers: whatever ends a run before blue's first group was released, blue is in service as it was. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from './deployment.ts';
import { Eyes } from './eyes.ts';
import { Straggler } from './straggler.ts';

describe('a way back', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let found: { readonly record: ResourceRecordSet; readonly configs: Record<string, Record<string, string>> };
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await local.startWorker();
    operator = await Operator.connect(local);
    found = { record: await eyes.record(), configs: await eyes.topicConfigs(BLUE) };
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function assertBlueAsFound(): Promise<void> {
    assert.deepEqual(await eyes.record(), found.record, 'the record with its TTL');
    assert.deepEqual(await eyes.topicConfigs(BLUE), found.configs, 'the topic configs');
    await eyes.write(BLUE, 'payments', 1);
    await eyes.commitAtEnds(BLUE, 'billing', 'payments');
  }

  async function assertSteadyOnBlue(): Promise<void> {
    const signpost = await eyes.signpost();
    assert.ok(signpost !== null);
    const { by, write, read, drain } = signpost;
    assert.deepEqual({ by, drain }, { by: '-', drain: '-' });
    assert.equal(write, read);
    assert.ok(write !== undefined && write in signpost, 'the cluster that is written has an address');
    assert.equal(
      signpost[write]?.startsWith(found.record.ResourceRecords?.[0]?.Value ?? '?'),
      true,
      "blue's own address",
    );
  }

  test('needs nothing where a plan refuses: an undecided topic is named with the block to paste, and nothing was changed', async () => {
    await eyes.admin(BLUE, admin => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'audit' }] }));
    try {
      const plan = await operator.plan(request);
      assert.deepEqual(
        plan.problems.map(p => p.on),
        ['topic audit'],
      );
      assert.deepEqual(plan.paste, {
        topics: [{ match: 'audit', disposition: 'waive', by: '<who>', reason: '<why>' }],
        groups: [],
        waive: [],
      });
      await operator.start(request);
      const { type, message } = await operator.failure();
      assert.equal(type, 'PreflightRefused');
      assert.match(message, /Nothing was created or changed\..*topic audit.*"match":"audit","disposition":"waive"/s);
      const answered = [{ match: 'audit', disposition: 'waive', by: 'ada', reason: 'a test' }];
      assert.deepEqual((await operator.plan({ ...request, topics: answered })).problems, []);
      assert.equal(await eyes.stackStatus(GREEN), 'absent');
      assert.equal(await eyes.signpost(), null);
    } finally {
      await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['audit'] }));
    }
    await until('blue has forgotten the topic', async () => !('audit' in (await eyes.topicConfigs(BLUE))), {
      withinMs: 30_000,
    });
    await assertBlueAsFound();
  });

  test('after a rejection leaves no green stack, and blue, its record and its TTL as they were', async () => {
    await operator.start(request);
    await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
    assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
    assert.equal((await eyes.record()).TTL, 1, 'the TTL is low while the run waits');
    await operator.tell('reject', { reason: 'not today' });
    const report = await operator.handle.result();
    assert.equal(report.outcome, 'rejected');
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
    await assertSteadyOnBlue();
    await assertBlueAsFound();
  });

  test('asked for while green is being created, it ends the run rolled back and the half-made stack is gone', async () => {
    await operator.start(request);
    await until('green is being created', async () => (await eyes.stackStatus(GREEN)) === 'CREATE_IN_PROGRESS', {
      withinMs: 60_000,
      everyMs: 100,
    });
    await operator.tell('rollback', { reason: 'not today' });
    const report = await operator.handle.result();
    assert.equal(report.outcome, 'rolled-back');
    assert.equal(report.phases.find(p => p.phase === 'provision')?.state, 'failed');
    assert.equal(report.stranded, null);
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
    await assertSteadyOnBlue();
    await assertBlueAsFound();
  });

  test('after a broker of green died at its boot, the run fails with one sentence that names broker and reason', async () => {
    const green = { ...request.green, parameters: { ...request.green.parameters, KafkaVersion: '9.9.9' } };
    await operator.start({ ...request, green });
    const { type, message } = await operator.failure();
    assert.equal(type, 'DeploymentFailed');
    assert.match(message, /^The deployment failed in provision: /);
    assert.match(message, /Everything was undone: blue \(kafka-orders-a\) is in service as it was found/);
    assert.match(message, /broker.?\d/i);
    assert.match(message, /Kafka 9\.9\.9 is not installed/);
    assert.doesNotMatch(message, /\n/);
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
    await assertBlueAsFound();
  });

  test('comes by itself when nobody approves in time, and the run fails with ApprovalExpired', async () => {
    await operator.start({ ...request, approval: { deadline: '2s' } });
    const { type, message } = await operator.failure();
    assert.equal(type, 'ApprovalExpired');
    assert.match(message, /^Nobody approved the flip within 2s; everything was undone\.$/);
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
    await assertSteadyOnBlue();
    await assertBlueAsFound();
  });

  test('after the flip counts what stays on green, fences it, and blue takes writes again under its own configs', async () => {
    const straggler = await Straggler.start(await eyes.kafka(BLUE, 'straggler'), 'orders');
    try {
      await operator.start({ ...request, groups: [{ match: 'billing', disposition: 'move' }] });
      await operator.approve('flip');
      await operator.until('writers are waited for', s => s.phase === 'settle');
      await eyes.write(GREEN, 'orders', 7);
      await eyes.write(GREEN, 'payments', 5);
      await operator.tell('rollback', { reason: 'not today' });
      const report = await operator.handle.result();
      assert.equal(report.outcome, 'rolled-back');
      assert.deepEqual(report.stranded, { orders: '7', payments: '5' });
    } finally {
      assert.deepEqual(await straggler.stop(), { refused: 0 }, 'blue never refused a record');
    }
    await assertSteadyOnBlue();
    await assertBlueAsFound();
    await assert.rejects(eyes.write(GREEN, 'orders', 1), { type: 'MESSAGE_TOO_LARGE' });
    assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
  });

  test("leaves green's name taken: the next plan refuses it with the command that deletes it, and is clear after that", async () => {
    await eyes.commitAtEnds(BLUE, 'billing', 'orders');
    const { problems } = await operator.plan(request);
    assert.deepEqual(
      problems.map(p => p.on),
      [`stack ${GREEN}`],
    );
    assert.match(problems[0]?.remedy ?? '', new RegExp(`aws cloudformation delete-stack --stack-name ${GREEN}`));
    await eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: GREEN }));
    await until('green is deleted', async () => (await eyes.stackStatus(GREEN)) === 'absent', { withinMs: 60_000 });
    assert.deepEqual((await operator.plan(request)).problems, []);
  });
});
