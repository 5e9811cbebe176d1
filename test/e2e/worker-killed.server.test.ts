/** A worker may die at any moment: here one dies in every phase, and the deployment ends like any other, proved by Kafka's own tools. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PHASES, type Phase } from '../../contract/phases.ts';
import type { Report } from '../../contract/report.ts';
import { type LocalStack, type LocalWorker, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, Operator, request } from './deployment.ts';
import { Eyes } from './eyes.ts';

/** Events that any run may have, and those that each restart of a worker may add. */
const EVENTS = { whole: 350, perRestart: 3 };

describe('a deployment whose worker is killed once in every phase', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let worker: LocalWorker;
  const killedIn: Phase[] = [];
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    worker = await local.startWorker();
    operator = await Operator.connect(local);
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  /** Kills the worker while the run is in a phase that no worker died in yet, and starts the next; true when it did. */
  async function killInNewPhase(): Promise<boolean> {
    const { phase } = await operator.status();
    if (killedIn.includes(phase as Phase)) return false;
    worker.kill('SIGKILL');
    assert.equal(await worker.exited, 'SIGKILL');
    killedIn.push(phase as Phase);
    worker = await local.startWorker();
    return true;
  }

  async function through(gate: 'flip' | 'bake' | 'decommission', last: Phase): Promise<void> {
    await until(
      `a worker died in ${last}`,
      async () => {
        await killInNewPhase();
        const { waitingFor } = await operator.status();
        return killedIn.includes(last) && waitingFor?.kind === 'gate' && waitingFor.gate === gate;
      },
      { withinMs: 240_000, everyMs: 20 },
    );
  }

  test('is not hindered up to the approval of the deletion, and Kafka agrees that blue is read to its end and closed', async () => {
    await operator.start({ ...request, bake: '10m' });
    await through('flip', 'approval');
    await operator.tell('approve', { gate: 'flip' });
    await through('bake', 'bake');
    await assertBlueIsReadAndClosed();
    await operator.tell('approve', { gate: 'bake' });
    await through('decommission', 'decommission');
    await operator.tell('approve', { gate: 'decommission' });
    const report = await operator.handle.result();
    assert.deepEqual(killedIn, PHASES);
    assertDeployed(report);
  });

  async function assertBlueIsReadAndClosed(): Promise<void> {
    const server = ['--bootstrap-server', await eyes.bootstrap(BLUE)];
    const group = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
    const described = await local.runKafkaTool('3.9.2', group, [...server, '--describe', '--all-groups']);
    assert.equal(described.code, 0, described.stderr);
    const rows = described.stdout
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(columns => columns[0] === 'billing')
      .map(([name, topic, partition, committed, end, lag]) => ({ name, topic, partition, committed, end, lag }));
    assert.equal(rows.length, 5, described.stdout);
    for (const row of rows) {
      assert.equal(row.committed, row.end, `${row.topic}-${row.partition}`);
      assert.equal(row.lag, '0');
    }
    for (const topic of ['orders', 'payments'])
      await assert.rejects(eyes.write(BLUE, topic, 1), { type: 'MESSAGE_TOO_LARGE' });
  }

  function assertDeployed(report: Report): void {
    assert.equal(report.outcome, 'deployed');
    assert.deepEqual(
      report.phases.map(p => p.state),
      Array(PHASES.length).fill('done'),
    );
    assert.deepEqual([report.ledger?.rows, report.ledger?.drained], [5, 5]);
    const most = EVENTS.whole + EVENTS.perRestart * killedIn.length;
    assert.ok(report.history.events <= most, `${report.history.events} events, at most ${most}`);
  }
});
