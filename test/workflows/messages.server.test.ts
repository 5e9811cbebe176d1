import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { guarantee } from '../support/guarantee.ts';
import { startLocalServer, temporalProgram } from '../support/temporal.ts';
import { type Deployment, withDeployment } from './deployments.ts';
import { failing } from './doubles.ts';

const run = promisify(execFile);
const bytes = (text: string) => new TextEncoder().encode(text);
/** An update and its answer, the task for it, the end of the step that ran and the start of the next. */
const MOST_EVENTS = 12;
const megabyte = 'x'.repeat(1_000_000);

describe('messages to BlueGreenWorkflow on a real server', { concurrency: true }, () => {
  let server: TestWorkflowEnvironment;
  before(async () => {
    server = await startLocalServer();
  });
  after(() => server.teardown());

  const cli = (...args: string[]) =>
    run(temporalProgram('temporal'), [...args, '--address', server.address], { timeout: 60_000 });
  const waitsFor = (deployment: Deployment, kind: 'gate' | 'hold') =>
    deployment.until(`it waits at a ${kind}`, async () => (await deployment.status()).waitingFor?.kind === kind);
  const ignores = (deployment: Deployment, count: number) =>
    deployment.until(`${count} are ignored`, async () => (await deployment.status()).ignored.count >= count);

  async function tasksFailed({ handle }: Deployment): Promise<number> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter(event => (event.workflowTaskFailedEventAttributes ?? null) !== null).length;
  }

  /** As a client of another language, or the Web UI with another encoding chosen, would send it. */
  async function signalEncoded(
    deployment: Deployment,
    signalName: string,
    encoding: string,
    data: string,
  ): Promise<void> {
    await server.connection.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: deployment.workflowId },
      signalName,
      input: { payloads: [{ metadata: { encoding: bytes(encoding) }, data: bytes(data) }] },
      identity: 'client',
    });
  }

  test(
    ...guarantee(
      { promise: 'messages', fault: 'undecodable, reserved, empty and megabyte signals and updates on a real server' },
      'no signal and no update fails a task of the workflow, whatever it carries, and the run goes on',
      async () => {
        await withDeployment(server, 'hostile', {}, async deployment => {
          await waitsFor(deployment, 'gate');
          const { handle, workflowId } = deployment;
          await signalEncoded(deployment, 'approve', 'json/protobuf', '{"by":"ada"}');
          await signalEncoded(deployment, 'approve', 'json/plain', '{"by":');
          await signalEncoded(deployment, '__temporal_approve', 'json/plain', '{"by":"ada"}');
          await cli('workflow', 'signal', '--workflow-id', workflowId, '--name', 'approve');
          await handle.signal('approve', { by: 'ada', reason: megabyte });
          await ignores(deployment, 5);
          for (const args of [[], [{ by: 'ada', reason: megabyte }], [{ by: 'ada' }, { gate: 'flip' }]])
            await assert.rejects(
              handle.executeUpdate<string, [object]>('approve', { args: args as [object] }),
              error => {
                assert.match(
                  String((error as Error).cause),
                  /approve could not be read \(.*\)\. Approve what is waiting/,
                );
                return true;
              },
            );
          const { last } = (await deployment.status()).ignored;
          assert.deepEqual(
            last.map(i => i.message),
            ['approve', 'approve', 'reserved name __temporal_approve', 'approve', 'approve'],
          );
          assert.match(last[0]?.why ?? '', /cannot be decoded: Unknown encoding: json\/protobuf/);
          assert.equal(await tasksFailed(deployment), 0);
          await deployment.approve('flip');
          await deployment.approve('decommission');
          assert.equal((await handle.result()).outcome, 'deployed');
        });
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'messages', fault: 'HTML and Markdown in names and reasons' },
      'what people wrote is shown as text, never as markup, and whole in the status',
      async () => {
        const html = '<img src=x onerror=alert(1)>';
        const markdown = '[approved](https://evil.example.com) **done**\n# Approved';
        await withDeployment(
          server,
          'markup',
          { doubles: world => ({ settle: failing(world.doubles().settle, 1, `Still written: ${html}`) }) },
          async deployment => {
            await waitsFor(deployment, 'gate');
            await deployment.signal(markdown, { by: html });
            await ignores(deployment, 1);
            await deployment.update('approve', { by: html, reason: markdown });
            await waitsFor(deployment, 'hold');
            const { approvals, ignored, waitingFor } = await deployment.status();
            assert.deepEqual([approvals[0]?.by, approvals[0]?.reason], [html, markdown]);
            assert.ok(waitingFor?.kind === 'hold' && waitingFor.reason.includes(html));
            assert.equal(ignored.last[0]?.message, markdown);
            const { stdout } = await cli('workflow', 'metadata', '--workflow-id', deployment.workflowId);
            const shown = stdout.slice(stdout.indexOf('**markup'));
            assert.ok(shown.includes('\\<img src=x onerror=alert(1)\\>'), shown);
            assert.ok(!shown.replaceAll('\\<img', '').includes('<img'), shown);
            assert.ok(!/^# Approved|[^\\]\[approved/m.test(shown), shown);
            await deployment.update('rollback', { by: html });
            await deployment.handle.result();
          },
        );
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'messages', fault: 'messages after the end' },
      'messages after the end are refused, and the run can still be asked how it ended',
      async () => {
        await withDeployment(server, 'ended', {}, async deployment => {
          await waitsFor(deployment, 'gate');
          await deployment.update('reject', { by: 'ada' });
          await deployment.handle.result();
          for (const name of ['approve', 'rollback', 'resume', 'pause', 'waive', 'observe', 'aprove']) {
            await assert.rejects(deployment.signal(name, { by: 'ada' }), /already completed|not found/i, name);
            await assert.rejects(deployment.update(name, { by: 'ada' }), /already completed|not found/i, name);
          }
          assert.equal((await deployment.status()).outcome, 'rejected');
        });
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: 'every waiver starts a step again, until no more are taken' },
      'the worst waivers that a run takes cost a bounded number of events and bytes each',
      async t => {
        await withDeployment(
          server,
          'waivers',
          { takesMs: name => (name === 'drainFirstGroup' ? 600_000 : 0) },
          async deployment => {
            await deployment.approve('flip');
            await deployment.until('it drains', () => deployment.timed.saw('drainFirstGroup'));
            const first = await deployment.handle.describe();
            let taken = 0;
            for (; taken < 100; taken += 1) {
              const began = deployment.timed.steps.filter(
                s => s.name === 'drainFirstGroup' && s.what === 'began',
              ).length;
              const input = { by: 'ada', reason: 'r'.repeat(500), group: `${taken}-`.padEnd(100, 'x') };
              try {
                await deployment.update('waive', input);
              } catch (error) {
                assert.match(String((error as Error).cause), /at most 12288/);
                break;
              }
              await deployment.until(
                'the step is started again',
                () =>
                  deployment.timed.steps.filter(s => s.name === 'drainFirstGroup' && s.what === 'began').length > began,
              );
            }
            const now = await deployment.handle.describe();
            const events = (now.historyLength - first.historyLength) / taken;
            const size = ((now.historySize ?? 0) - (first.historySize ?? 0)) / taken;
            t.diagnostic(`${taken} waivers: ${events} events and ${Math.round(size)} bytes each`);
            assert.ok(taken > 10 && taken < 30, `${taken} taken`);
            assert.ok(events <= MOST_EVENTS, `${events} events a waiver`);
            // Its own 650 bytes, the step's input with all waivers so far, and a dozen events.
            assert.ok(size <= 16 * 1024, `${size} bytes a waiver`);
            await deployment.update('rollback', { by: 'ada' });
            assert.equal((await deployment.handle.result()).outcome, 'rolled-back');
          },
        );
      },
    ),
  );
});
