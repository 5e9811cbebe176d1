import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../contract/activities.ts';
import { searchAttributeKeys } from '../../contract/search-attributes.ts';
import { createWorker, startLocalServer, temporalProgram } from '../support/temporal.ts';
import { type Deployment, type Scenario, startDeployment, withDeployment } from './deployments.ts';
import { World } from './doubles.ts';
import { TimedActivities } from './timed.ts';

const run = promisify(execFile);
const longMs = 60_000;

/** The named step takes so long that whatever the test does meets it in the middle. */
function slow(step: keyof Activities, lingersMs = 0): Scenario {
  return { takesMs: name => (name === step ? longMs : 0), lingersMs: name => (name === step ? lingersMs : 0) };
}

async function saysLine(output: Readable, wanted: string): Promise<void> {
  for await (const line of createInterface({ input: output })) if (line === wanted) return;
  throw new Error(`The worker ended before it said ${wanted}.`);
}

describe('BlueGreenWorkflow on a real server', { concurrency: true }, () => {
  let server: TestWorkflowEnvironment;
  before(async () => {
    server = await startLocalServer();
  });
  after(() => server.teardown());

  const cli = (...args: string[]) =>
    run(temporalProgram('temporal'), [...args, '--address', server.address], { timeout: 30_000 });

  const begins = (deployment: Deployment, step: keyof Activities) =>
    deployment.until(`${step} begins`, () => deployment.timed.saw(step));

  async function endsCancelled(deployment: Deployment): Promise<void> {
    await assert.rejects(deployment.handle.result(), /cancelled/i);
    assert.equal((await deployment.handle.describe()).status.name, 'CANCELLED');
  }

  // First, because Temporal takes half a minute to see that the worker is gone; the other tests run meanwhile.
  test('ends like any other when its worker is killed in the middle of a step and replaced', async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'worker-process.ts'), server.address, 'killed', 'freeze'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    const deployment = await startDeployment(server, 'killed', {});
    try {
      // Together: an approval that fails ends the wait for a step that then never comes.
      await Promise.all([deployment.approve('flip'), saysLine(child.stdout, 'freeze')]);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    const timed = new TimedActivities(new World().doubles());
    const worker = await createWorker(server.nativeConnection, 'killed', timed.activities);
    const report = await worker.runUntil(async () => {
      await deployment.approve('decommission');
      return deployment.handle.result();
    });
    assert.equal(report.outcome, 'deployed');
    assert.equal(timed.steps[0]?.name, 'freeze', 'the step that was cut off is the first of the new worker');
  });

  test('a whole run stays within 350 events and 256 KB of history', async t => {
    const { report, described } = await withDeployment(server, 'whole', {}, async deployment => {
      await deployment.approve('flip');
      await deployment.approve('decommission');
      return { report: await deployment.handle.result(), described: await deployment.handle.describe() };
    });
    assert.equal(report.outcome, 'deployed');
    const bytes = described.historySize ?? Number.POSITIVE_INFINITY;
    t.diagnostic(`history: ${described.historyLength} events, ${bytes} bytes`);
    assert.ok(described.historyLength <= 350, `${described.historyLength} events`);
    assert.ok(bytes <= 256 * 1024, `${bytes} bytes`);
  });

  test('cancelled in the middle of a step before the flip: undone once the step has ended, then CANCELED', async () => {
    await withDeployment(server, 'cancel-provision', slow('awaitGreenStack', 500), async deployment => {
      await begins(deployment, 'awaitGreenStack');
      await deployment.handle.cancel();
      await endsCancelled(deployment);
      const { timed, world } = deployment;
      assert.ok(timed.position('awaitGreenStack', 'cancelled') < timed.position('deleteGreen', 'began'));
      assert.deepEqual([world.greenStack, world.writers, world.signpost], [false, 'blue', 'none']);
    });
  });

  test('cancelled while it waits for the approval: undone, then CANCELED', async () => {
    await withDeployment(server, 'cancel-approval', {}, async deployment => {
      await deployment.until(
        'it waits for the flip',
        async () => (await deployment.status()).waitingFor?.kind === 'gate',
      );
      await deployment.handle.cancel();
      await endsCancelled(deployment);
      assert.deepEqual([deployment.world.greenStack, deployment.world.signpost], [false, 'steady']);
    });
  });

  test('cancelled between the flip and the release: rolled back, then CANCELED', async () => {
    await withDeployment(server, 'cancel-drain', slow('drainFirstGroup'), async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'drainFirstGroup');
      await deployment.handle.cancel();
      await endsCancelled(deployment);
      const { world } = deployment;
      assert.deepEqual(
        [world.writers, world.blueFenced, world.blueKept, world.greenFenced, world.greenStack],
        ['blue', false, false, true, true],
      );
    });
  });

  test('cancelled after the release: holds, says why, and goes on to the end when resumed', async () => {
    const short: Scenario = { takesMs: name => (name === 'releaseGroups' ? 2_000 : 0) };
    await withDeployment(server, 'cancel-release', short, async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'releaseGroups');
      await deployment.handle.cancel();
      await deployment.until('it holds', async () => (await deployment.status()).waitingFor?.kind === 'hold');
      const { waitingFor } = await deployment.status();
      assert.match(waitingFor?.kind === 'hold' ? waitingFor.reason : '', /cancelled.*already released/);
      assert.equal(deployment.world.writers, 'green');
      await deployment.update('resume', { by: 'ada' });
      await deployment.approve('decommission');
      assert.equal((await deployment.handle.result()).outcome, 'deployed');
    });
  });

  for (const step of ['settle', 'freeze'] as const) {
    test(`a rollback in the middle of ${step} is answered at once and starts only after the step has ended`, async () => {
      await withDeployment(server, `rollback-${step}`, slow(step, 1_000), async deployment => {
        await deployment.approve('flip');
        await begins(deployment, step);
        const answer = await deployment.update('rollback', { by: 'ada', reason: 'wrong day' });
        assert.match(answer, /the traffic goes back to blue/);
        assert.ok(!deployment.timed.saw('holdWrites'), 'the way back has not begun');
        assert.equal((await deployment.handle.result()).outcome, 'rolled-back');
        const { timed, world } = deployment;
        assert.ok(timed.saw(step, 'cancelled') && !timed.saw(step, 'ended'));
        assert.ok(timed.position(step, 'cancelled') < timed.position('holdWrites', 'began'));
        assert.deepEqual([world.writers, world.blueFenced, world.signpost], ['blue', false, 'steady']);
      });
    });
  }

  test('a waiver that arrives while groups drain ends that step and starts it again with the waiver', async () => {
    const seen: number[] = [];
    const scenario: Scenario = {
      takesMs: name => (name === 'drainFirstGroup' && seen.length === 0 ? 1_500 : 0),
      doubles: world => ({
        drainFirstGroup: (input, call) => {
          seen.push((input as { waivers: readonly object[] }).waivers.length);
          return world.doubles().drainFirstGroup(input, call);
        },
      }),
    };
    await withDeployment(server, 'waived', scenario, async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'drainFirstGroup');
      await deployment.update('waive', { by: 'ada', reason: 'switched off last year', group: 'reports' });
      await deployment.approve('decommission');
      const report = await deployment.handle.result();
      assert.deepEqual([report.outcome, report.waivers.map(w => w.name)], ['deployed', ['reports']]);
      assert.deepEqual(seen, [1], 'only the second try came to its end, and it knew the waiver');
    });
  });

  test('a second start of the same cluster is refused with --fail-existing, and the first one goes on', async () => {
    await withDeployment(server, 'twice', {}, async deployment => {
      await assert.rejects(
        cli(
          'workflow',
          'start',
          '--fail-existing',
          '--type=BlueGreenWorkflow',
          '--task-queue=twice',
          `--workflow-id=${deployment.workflowId}`,
          '--input={}',
        ),
        /already running/,
      );
      await deployment.update('rollback', { by: 'ada' });
      assert.equal((await deployment.handle.result()).outcome, 'rolled-back');
    });
  });

  test('can be found by cluster, phase and what it waits for, and says so beside the command to send', async () => {
    await withDeployment(server, 'found', {}, async deployment => {
      await deployment.until(
        'it waits for the flip',
        async () => (await deployment.status()).waitingFor?.kind === 'gate',
      );
      const { typedSearchAttributes } = await deployment.handle.describe();
      assert.deepEqual(
        searchAttributeKeys.map(key => typedSearchAttributes.get(key.attribute)),
        ['found', 'approval', 'approval of flip'],
      );
      const { stdout } = await cli('workflow', 'metadata', '--workflow-id', deployment.workflowId);
      assert.match(stdout, /Approve what is waiting\. Input: \{"by"/, 'descriptions of handlers');
      assert.match(stdout, /Where the run stands, what it waits for/, 'descriptions of queries');
      assert.match(
        stdout,
        /temporal workflow update execute --workflow-id kafka-bluegreen-found --name approve --input '\{"by":"YOU","gate":"flip"\}'/,
      );
      await deployment.update('rollback', { by: 'ada' });
      await deployment.handle.result();
    });
  });

  test('the command that it shows can be pasted', async () => {
    await withDeployment(server, 'pasted', {}, async deployment => {
      await deployment.until(
        'it waits for the flip',
        async () => (await deployment.status()).waitingFor?.kind === 'gate',
      );
      const command = (await deployment.status()).waitingFor?.command ?? '';
      assert.match(command, /^temporal /);
      const pasted = `"$0" ${command.slice('temporal '.length)} --address "$1"`;
      const { stdout } = await run('sh', ['-c', pasted, temporalProgram('temporal'), server.address]);
      assert.match(stdout, /flip approved by YOU/);
      await deployment.approve('decommission');
      assert.equal((await deployment.handle.result()).outcome, 'deployed');
    });
  });

  test('a misspelt signal is shown as ignored, and a misspelt or illegal update is refused with a sentence', async () => {
    await withDeployment(server, 'misspelt', {}, async deployment => {
      const message = (kind: string, name: string, input: string) =>
        cli(...kind.split(' '), '--workflow-id', deployment.workflowId, '--name', name, '--input', input);
      await message('workflow signal', 'aprove', '{"by":"ada"}');
      await deployment.until('it is shown', async () => (await deployment.status()).ignored.count === 1);
      const { ignored } = await deployment.status();
      assert.match(`${ignored.last[0]?.message}: ${ignored.last[0]?.why}`, /aprove: There is no signal of this name/);
      await assert.rejects(message('workflow update execute', 'aprove', '{"by":"ada"}'), /aprove/);
      await assert.rejects(
        message('workflow update execute', 'resume', '{"by":"ada"}'),
        /There is no hold and no pause to end/,
      );
      await deployment.update('rollback', { by: 'ada' });
      await deployment.handle.result();
    });
  });
});
