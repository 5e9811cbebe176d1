/** A worker may die at any moment: here one dies in each of some phases, and the deployment ends like any other, proved by Kafka's own tools. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PHASES, type Phase } from '../../contract/phases.ts';
import type { Report } from '../../contract/report.ts';
import { type LocalStack, type LocalWorker, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { guarantee } from '../support/guarantee.ts';
import { BLUE, bringUpBlue, Operator, request } from './deployment.ts';
import { Eyes } from './eyes.ts';

/** Events that any run may have, and those that each restart of a worker may add. */
const EVENTS = { whole: 350, perRestart: 3 };

/** A worker that is gone is noticed after 20 s, so each phase costs that. */
export function workerKilled(phases: readonly Phase[]): void {
  describe(`a deployment whose worker is killed in ${phases.join(', ')}`, () => {
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

    /** Kills the worker while the run is in a phase that it is to die in and has not yet, and starts the next. */
    async function killInNewPhase(): Promise<void> {
      const { phase } = await operator.status();
      const wanted = phases.find(p => p === phase);
      if (wanted === undefined || killedIn.includes(wanted)) return;
      worker.kill('SIGKILL');
      assert.equal(await worker.exited, 'SIGKILL');
      killedIn.push(wanted);
      worker = await local.startWorker();
    }

    /** To the gate, a worker dead in each phase on the way that it is to die in. */
    async function through(gate: 'flip' | 'bake' | 'decommission', last: Phase): Promise<void> {
      const onTheWay = phases.filter(p => PHASES.indexOf(p) <= PHASES.indexOf(last));
      await until(
        `the run waits for ${gate}, and a worker died in ${onTheWay.join(', ')}`,
        async () => {
          await killInNewPhase();
          const { waitingFor } = await operator.status();
          const died = onTheWay.every(p => killedIn.includes(p));
          return died && waitingFor?.kind === 'gate' && waitingFor.gate === gate;
        },
        { withinMs: 240_000, everyMs: 20 },
      );
    }

    test(
      ...guarantee(
        { promise: 'nothingLost', fault: `the worker is killed in ${phases.join(', ')}` },
        'goes on to its end, and Kafka agrees that blue is read to its end and closed',
        async () => {
          await operator.start({ ...request, bake: '10m' });
          await through('flip', 'approval');
          await operator.tell('approve', { gate: 'flip' });
          await through('bake', 'bake');
          await assertBlueIsReadAndClosed();
          await operator.tell('approve', { gate: 'bake' });
          await through('decommission', 'decommission');
          await operator.tell('approve', { gate: 'decommission' });
          const report = await operator.handle.result();
          assert.deepEqual(killedIn, phases);
          assertDeployed(report);
        },
      ),
    );

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
}
