/** Endings in an order that the seed draws, and cancellations that come too late: each leaves the next one possible. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { until } from '../../local/until.ts';
import { BLUE, GREEN, request, WORKFLOW_ID } from '../e2e/deployment.ts';
import { momentIn } from '../e2e/moments.ts';
import { Service } from '../e2e/service.ts';
import { instanceStates } from '../e2e/trouble-of-stacks.ts';
import { guarantee } from '../support/guarantee.ts';
import { chance, seed } from '../support/seed.ts';

const LATE = /^The workflow was cancelled, and cannot go back\. The first group was already released/;

describe('endings of every kind on one service', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  const endings: Readonly<Record<string, () => Promise<void>>> = {
    rejected: async () => {
      const { operator } = service;
      await operator.start(request);
      await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
      await assertSecondStartRefused();
      await operator.tell('reject', { reason: 'not today' });
      const report = await operator.handle.result();
      assert.equal(report.outcome, 'rejected');
      await service.assertUndone(report);
    },
    expired: async () => {
      await service.operator.start({ ...request, approval: { deadline: '1s' } });
      assert.equal((await service.operator.failure()).type, 'ApprovalExpired');
      await service.assertBlueServes();
    },
    'failed in provision': async () => {
      const { operator } = service;
      await operator.start({
        ...request,
        green: { stack: GREEN, parameters: { KafkaVersion: '9.9.9', MetadataMode: 'kraft' } },
      });
      assert.equal((await operator.failure()).type, 'DeploymentFailed');
      await service.assertUndone(await operator.report());
    },
    'rolled back in smoke': async () => {
      await service.operator.start(request);
      await service.in('smoke', momentIn('smoke', 'endings').afterMs);
      await service.assertUndone(await service.takeBack('rollback', 'smoke'));
    },
    'rolled back in settle': async () => {
      await service.toTheGate();
      await service.operator.approve('flip');
      await service.in('settle');
      await assertSecondStartRefused();
      const report = await service.takeBack('rollback', 'settle');
      await service.assertRolledBack(report);
      await service.deleteGreenAsPrinted(report);
    },
    'cancelled in freeze': async () => {
      await service.toTheGate();
      await service.operator.approve('flip');
      await service.in('freeze');
      const report = await service.takeBack('cancel', 'freeze');
      await service.assertRolledBack(report);
      await service.deleteGreenAsPrinted(report);
    },
  };
  const draw = chance('endings');
  const inOrder = Object.keys(endings)
    .map(name => ({ name, at: draw() }))
    .toSorted((a, b) => a.at - b.at);

  for (const [n, { name }] of inOrder.entries())
    test(
      ...guarantee(
        { promise: 'undone', fault: `a run that is ${name}, among others in an order drawn from a seed` },
        `one that is ${name} leaves blue in service, and the next run may start`,
        async context => {
          context.diagnostic(`number ${n + 1} of ${inOrder.length}, seed ${seed}`);
          await endings[name]?.();
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'the workflow is cancelled in bake' },
      'a cancellation in bake holds before decommission, and the run goes on when somebody resumes',
      async () => {
        const { operator } = service;
        await service.toTheGate({ ...request, bake: '10m' });
        await operator.approve('flip');
        await operator.until('the run bakes', s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'bake');
        await operator.handle.cancel();
        await operator.until('the cancellation is shown', s => s.ignored.count === 1);
        await operator.approve('bake');
        assert.match(await service.holds.next(), LATE);
        await operator.tell('resume', {});
        await service.replaceBlue();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'the workflow is cancelled while the deletion waits for its approval' },
      'a cancellation before the deletion holds although the deletion was approved, and blue stays until somebody resumes',
      async () => {
        const { operator, eyes } = service;
        await service.toTheGate({ ...request, blue: { stack: GREEN }, green: { stack: BLUE, parameters: {} } });
        await operator.approve('flip');
        await operator.until(
          'blue may be deleted',
          s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
        );
        await operator.handle.cancel();
        await operator.until('the cancellation is shown', s => s.ignored.count === 1);
        const replaced = service.replaceBlue();
        assert.match(await service.holds.next(), LATE);
        assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
        await operator.tell('resume', {});
        await replaced;
      },
    ),
  );

  test(
    ...guarantee(
      {
        promise: 'deletion',
        fault: 'the deletion is rejected, approved later, and the workflow cancelled while blue is kept stopped',
      },
      'a rejected deletion leaves blue fenced until it is approved, and a cancellation while blue is kept stopped holds until somebody resumes',
      async () => {
        const { operator, eyes, holds } = service;
        await service.toTheGate({ ...request, keepStopped: '20s' });
        await operator.approve('flip');
        await operator.until(
          'blue may be deleted',
          s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
        );
        await operator.tell('reject', { gate: 'decommission', reason: 'not on a Friday' });
        assert.match(await holds.next(), /^The deletion of blue was rejected\. Blue stands fenced and green carries/);
        assert.deepEqual(await instanceStates(eyes, BLUE), ['running', 'running', 'running']);
        await assert.rejects(eyes.write(BLUE, 'payments', 1), { type: 'MESSAGE_TOO_LARGE' });
        await service.traffic.flows();
        await holds.resume();
        const replaced = service.replaceBlue();
        await until(
          'blue is stopped',
          async () => (await instanceStates(eyes, BLUE)).every(state => state === 'stopped'),
          { withinMs: 120_000 },
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await operator.handle.cancel();
        await operator.until('the cancellation is shown', s => s.ignored.count === 1);
        assert.match(
          await holds.next(),
          /^The workflow was cancelled, .* Blue is stopped, and its stack stands: resume deletes/,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await holds.resume();
        const report = await replaced;
        assert.equal(report.approvals.filter(a => a.gate === 'decommission').length, 2);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'nine runs that end in nine ways on one stream of records' },
      'cost no record over all of them',
      async () => {
        await service.traffic.assertClean();
      },
    ),
  );

  /** As the README starts a run. */
  async function assertSecondStartRefused(): Promise<void> {
    const { runId } = await service.operator.status();
    const said = await new Promise<string>(resolve => {
      const args = `workflow start --type BlueGreenWorkflow --task-queue kafka-bluegreen --workflow-id ${WORKFLOW_ID} --fail-existing --input`;
      execFile(
        'temporal',
        [...args.split(' '), JSON.stringify(request)],
        { env: { ...service.local.environment }, timeout: 60_000 },
        (error, stdout, stderr) => resolve(error === null ? 'started' : `${stdout}${stderr}`),
      );
    });
    assert.match(said, /already started|already running|AlreadyStarted/i);
    assert.equal((await service.operator.status()).runId, runId);
  }
});
