import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';
import { startTimeSkippingServer } from '../support/temporal.ts';
import { type Deployment, withDeployment } from './deployments.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

// One after the other: the server has one time for all.
describe('BlueGreenWorkflow over days', () => {
  let server: TestWorkflowEnvironment;
  before(async () => {
    server = await startTimeSkippingServer();
  });
  after(() => server.teardown());

  test('an approval that nobody gives within 72 h expires: everything is undone, and the run fails with ApprovalExpired', async () => {
    await withDeployment(server, 'expired', { request: { approval: { deadline: '72h' } } }, async deployment => {
      const began = await server.currentTimeMs();
      const error = await deployment.handle.result().then(
        () => null,
        (e: unknown) => e,
      );
      assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, 'ApprovalExpired');
      assert.match(error.cause.message, /within 3d/);
      assert.ok((await server.currentTimeMs()) - began >= 72 * hourMs);
      const { world } = deployment;
      assert.deepEqual([world.greenStack, world.writers, world.signpost], [false, 'blue', 'steady']);
    });
  });

  test('bake of 7 d and keepStopped of 24 h pass, and blue is deleted not before', async () => {
    const request = { bake: '7d', keepStopped: '24h', settle: { clientCache: '30s' } };
    await withDeployment(server, 'days', { request }, async deployment => {
      await deployment.approve('flip');
      await server.sleep('8 days');
      await deployment.approve('decommission');
      const report = await deployment.handle.result();
      assert.equal(report.outcome, 'deployed');
      const lasted = (phase: string) => {
        const found = report.phases.find(p => p.phase === phase);
        return Date.parse(found?.endedAt ?? '') - Date.parse(found?.startedAt ?? '');
      };
      assert.ok(lasted('bake') >= 7 * dayMs, `bake lasted ${lasted('bake')} ms`);
      assert.ok(lasted('decommission') >= dayMs, `decommission lasted ${lasted('decommission')} ms`);
      assert.ok(lasted('settle') >= 30_000, `settle lasted ${lasted('settle')} ms`);
      assert.equal(deployment.world.blueStack, false);
      await answersAreSmall(deployment);
    });
  });

  test('signal and update say the same: bake ends early by either', async () => {
    await withDeployment(server, 'early', { request: { bake: '30d' } }, async deployment => {
      await waitsFor(deployment, 'flip');
      await deployment.signal('approve', { by: 'grace' });
      await waitsFor(deployment, 'bake');
      await deployment.signal('approve', { by: 'grace', gate: 'bake' });
      await waitsFor(deployment, 'decommission');
      await deployment.update('approve', { by: 'grace', gate: 'decommission' });
      const report = await deployment.handle.result();
      assert.deepEqual(
        report.approvals.map(a => [a.gate, a.verdict, a.by]),
        [
          ['flip', 'approved', 'grace'],
          ['bake', 'approved', 'grace'],
          ['decommission', 'approved', 'grace'],
        ],
      );
      assert.match(report.phases.find(p => p.phase === 'bake')?.detail ?? '', /ended early/);
    });
  });

  test('a deletion that is rejected holds for days, and is asked for again after resume', async () => {
    await withDeployment(server, 'undecided', {}, async deployment => {
      await deployment.approve('flip');
      await waitsFor(deployment, 'decommission');
      await deployment.update('reject', { by: 'grace', gate: 'decommission', reason: 'auditors first' });
      await deployment.until('it holds', async () => (await deployment.status()).waitingFor?.kind === 'hold');
      await server.sleep('5 days');
      assert.equal(deployment.world.blueStack, true);
      await deployment.update('resume', { by: 'grace' });
      await deployment.approve('decommission');
      assert.equal((await deployment.handle.result()).outcome, 'deployed');
    });
  });
});

function waitsFor(deployment: Deployment, gate: string): Promise<void> {
  return deployment.until(`it waits for ${gate}`, async () => {
    const { waitingFor } = await deployment.status();
    return waitingFor?.kind === 'gate' && waitingFor.gate === gate;
  });
}

/** Each query answers within 64 KB, after the end as well. */
async function answersAreSmall({ handle }: Deployment): Promise<void> {
  const status = await handle.query<Status>('status');
  const report = await handle.query<Report>('report');
  const answers = { status, report, plan: await handle.query('plan'), ledger: await handle.query('ledger') };
  assert.deepEqual([status.phase, report.outcome], ['decommission', 'deployed']);
  for (const [name, answer] of Object.entries(answers)) {
    const bytes = Buffer.byteLength(JSON.stringify(answer));
    assert.ok(bytes > 2 && bytes <= 64 * 1024, `${name}: ${bytes} bytes`);
  }
}
