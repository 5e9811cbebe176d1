/**
 * Every way back on real brokers, with applications at work all the time: whatever ends a run before blue's first group was
 * released, blue is in service as it was, and the auditor finds nothing lost, doubled or reordered.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DeploymentClient } from '../../client/deployment-client.ts';
import type { Report } from '../../contract/report.ts';
import { until } from '../../local/until.ts';
import { guarantee } from '../support/guarantee.ts';
import { BLUE, GREEN, request } from './deployment.ts';
import { Service } from './service.ts';
import { Straggler } from './straggler.ts';

describe('a way back', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  test(
    ...guarantee(
      { promise: 'refused', fault: 'a topic that nobody decided about' },
      'needs nothing where a plan refuses: an undecided topic is named with the block to paste, and nothing was changed',
      async () => {
        const { eyes, operator } = service;
        await eyes.createTopic(BLUE, 'audit');
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
          assert.match(
            message,
            /Nothing was created or changed\..*topic audit.*"match":"audit","disposition":"waive"/s,
          );
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
        await service.assertBlueServes();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'refused', fault: 'a second start while a run goes on' },
      'is not disturbed by a second start, which is refused while the first run goes on',
      async () => {
        const { local, operator } = service;
        await operator.start(request);
        await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
        const { runId } = await operator.status();
        const connection = await Connection.connect({ address: local.temporal.address });
        try {
          const client = new DeploymentClient(new Client({ connection }), 'orders');
          await assert.rejects(client.start(request), WorkflowExecutionAlreadyStartedError);
        } finally {
          await connection.close();
        }
        const status = await operator.status();
        assert.deepEqual([status.runId, status.waitingFor?.kind], [runId, 'gate']);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'the flip is rejected' },
      'after a rejection leaves no green stack, and blue, its record and its TTL as they were',
      async () => {
        const { eyes, operator } = service;
        assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
        assert.equal((await eyes.record()).TTL, 1, 'the TTL is low while the run waits');
        await operator.tell('reject', { reason: 'not today' });
        const report = await operator.handle.result();
        assert.equal(report.outcome, 'rejected');
        assert.match(report.ending ?? '', /^The flip was rejected by grace: not today\. Everything was undone/);
        await service.assertUndone(report);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'a rollback while green is being created' },
      'asked for while green is being created, it ends the run rolled back and the half-made stack is gone',
      async () => {
        const { eyes, operator } = service;
        await operator.start(request);
        await until('green is being created', async () => (await eyes.stackStatus(GREEN)) === 'CREATE_IN_PROGRESS', {
          withinMs: 60_000,
          everyMs: 100,
        });
        const report = await service.takeBack('rollback', 'provision');
        assert.equal(report.phases.find(p => p.phase === 'provision')?.state, 'failed');
        await service.assertUndone(report);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'a broker of green dies at its boot' },
      'after a broker of green died at its boot, the run fails with one sentence that names broker and reason',
      async () => {
        const { operator } = service;
        const green = { ...request.green, parameters: { ...request.green.parameters, KafkaVersion: '9.9.9' } };
        await operator.start({ ...request, green });
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(message, /^The deployment failed in provision: /);
        assert.match(message, /broker.?\d/i);
        assert.match(message, /Kafka 9\.9\.9 is not installed/);
        assert.doesNotMatch(message, /\n/);
        const report = await operator.report();
        assert.deepEqual([report.outcome, report.ending], ['failed', message]);
        await service.assertUndone(report);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'nobody approves in time' },
      'comes by itself when nobody approves in time, and the run fails with ApprovalExpired',
      async () => {
        const { operator, eyes } = service;
        await operator.start({ ...request, approval: { deadline: '2s' } });
        const { type, message } = await operator.failure();
        assert.equal(type, 'ApprovalExpired');
        assert.match(message, /^Nobody approved the flip within 2s; everything was undone\.$/);
        assert.equal(await eyes.stackStatus(GREEN), 'absent');
        const { outcome, ending } = await operator.report();
        assert.deepEqual([outcome, ending], ['failed', message]);
        await service.assertBlueServes();
      },
    ),
  );

  let rolledBack: Report;
  test(
    ...guarantee(
      {
        promise: 'returns',
        fault: 'a rollback in settle: a producer left on blue, topics created and deleted on green',
      },
      'after the flip counts what stays on green, fences it, and blue takes writes again under its own configs',
      async () => {
        const { eyes, operator } = service;
        const straggler = await Straggler.start(await eyes.kafka(BLUE, 'straggler'), 'orders');
        try {
          await service.toTheGate({ ...request, groups: [{ match: 'billing', disposition: 'move' }] });
          await operator.approve('flip');
          await service.in('settle');
          await eyes.write(GREEN, 'orders', 7);
          await eyes.createTopic(GREEN, 'returns');
          await eyes.write(GREEN, 'returns', 3);
          await eyes.admin(GREEN, admin => admin.deleteTopics({ topics: ['payments'] }));
          await service.traffic.flows();
          rolledBack = await service.takeBack('rollback', 'settle');
        } finally {
          assert.deepEqual(await straggler.stop(), { refused: 0 }, 'blue never refused a record');
        }
        await service.assertRolledBack(rolledBack, { orders: '7', returns: '3' });
      },
    ),
  );

  test("leaves green's name taken: the next plan refuses it with the command that deletes it, and is clear after that", async () => {
    await service.eyes.commitAtEnds(BLUE, 'billing', 'orders');
    await service.deleteGreenAsPrinted(rolledBack);
  });

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'seven runs that came to nothing, one after the other' },
      'costs no record: nothing that was acknowledged over all these runs is lost, doubled or out of order',
      async () => {
        await service.traffic.assertClean();
      },
    ),
  );
});
