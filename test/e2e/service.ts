/**
 * A service in operation: blue, applications at work under audit, an operator, and what every way back must leave behind. Its
 * runs may follow each other on the same traffic; each run's green is a cluster of its own for the auditor.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { Phase } from '../../contract/phases.ts';
import type { Report } from '../../contract/report.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { AuditedTraffic } from './audited.ts';
import { BLUE, bringUpBlue, GREEN, Operator, type PointRecord, request } from './deployment.ts';
import { Eyes } from './eyes.ts';
import { Holds } from './holds.ts';

/** How an operator takes a run back. */
export type Way = 'rollback' | 'cancel';

/** A request as tests write it: any other fields, and the stack that becomes green. */
type RunInput = Readonly<Record<string, unknown>> & {
  readonly green: Readonly<Record<string, unknown>> & { readonly stack: string };
};

const WITHIN_MS = 600_000;

/** The first step of each phase that passes quickly: seen on the server, at no cost to the worker. */
const STEPS: Readonly<Partial<Record<Phase, string>>> = {
  preflight: 'inspect',
  provision: 'createGreenStack',
  parity: 'copyTopics',
  smoke: 'smokeTest',
  freeze: 'freeze',
  drain: 'drainFirstGroup',
  release: 'releaseGroups',
};

interface Found {
  readonly record: ResourceRecordSet;
  readonly configs: Record<string, Record<string, string>>;
}

export class Service {
  readonly local: LocalStack;
  readonly operator: Operator;
  readonly eyes: Eyes;
  readonly traffic: AuditedTraffic;
  readonly holds: Holds;
  readonly #found: Found;
  /** The auditor's name for the cluster in service. */
  #blue: string = BLUE;
  #greens = 0;

  private constructor(o: Pick<Service, 'local' | 'operator' | 'eyes' | 'traffic'>, found: Found) {
    this.local = o.local;
    this.operator = o.operator;
    this.eyes = o.eyes;
    this.traffic = o.traffic;
    this.holds = new Holds(o.operator, o.local);
    this.#found = found;
  }

  /** `point` makes the record lead to blue; a CNAME when absent. */
  static async start(point?: (local: LocalStack) => PointRecord): Promise<Service> {
    const local = await startLocal();
    const eyes = new Eyes(local);
    try {
      await bringUpBlue(local, point?.(local));
      await local.startWorker();
      const traffic = await AuditedTraffic.start(local);
      const operator = await Operator.connect(local);
      const found = { record: await eyes.record(), configs: await eyes.topicConfigs(BLUE) };
      return new Service({ local, operator, eyes, traffic }, found);
    } catch (error) {
      eyes.close();
      await local.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    await this.operator.close();
    this.eyes.close();
    await this.local.stop();
  }

  /** The auditor's name for the green of the newest run. */
  get green(): string {
    return `green ${this.#greens}`;
  }

  /** Starts a run and brings it to the gate of the flip; from there on the auditor reads green too. */
  async toTheGate(input: RunInput = request): Promise<void> {
    await this.operator.start(input);
    await this.operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate', WITHIN_MS);
    this.#greens += 1;
    await this.traffic.observe(input.green.stack, this.green);
  }

  /** Has the auditor read blue to its end, approves its deletion, and returns when green alone serves. */
  async replaceBlue(): Promise<Report> {
    await this.operator.until(
      'blue may be deleted',
      s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
      WITHIN_MS,
    );
    await this.traffic.leave(this.#blue);
    this.#blue = this.green;
    await this.operator.approve('decommission');
    const report = await this.operator.handle.result();
    assert.equal(report.outcome, 'deployed');
    const { blue, green } = report;
    assert.equal(
      report.ending,
      `Deployed: green (${green.stack}) is in service, and blue (${blue.stack}) was deleted.`,
    );
    assert.equal(await this.eyes.stackStatus(blue.stack), 'absent');
    await this.traffic.flows();
    return report;
  }

  /** Returns `afterMs` after the run was first seen in the phase. */
  async in(phase: Phase, afterMs = 0): Promise<void> {
    const step = STEPS[phase];
    if (step !== undefined) await this.operator.untilStep(step, WITHIN_MS);
    else await this.operator.until(`the run is in ${phase}`, s => s.phase === phase, WITHIN_MS);
    await delay(afterMs);
  }

  /** Takes the run back and waits for its end; answers with its report, which must say who asked and in which phase. */
  async takeBack(way: Way, phase: Phase): Promise<Report> {
    const { operator } = this;
    if (way === 'rollback') await operator.tell('rollback', { reason: 'not today' });
    else await operator.handle.cancel();
    await this.#ended(way);
    const report = await operator.report();
    assert.deepEqual(
      { outcome: report.outcome, as: report.wayBack?.as, by: report.wayBack?.by, phase: report.wayBack?.phase },
      way === 'rollback'
        ? { outcome: 'rolled-back', as: 'rollback', by: 'grace', phase }
        : { outcome: 'cancelled', as: 'cancel', by: 'workflow cancel', phase },
    );
    const asked =
      way === 'rollback'
        ? `A rollback was asked for by grace in ${phase}: not today. `
        : `The workflow was cancelled in ${phase}. `;
    assert.equal(report.ending?.startsWith(asked), true, report.ending ?? 'no ending');
    assert.match(await operator.currentDetails(), new RegExp(`: ${report.outcome}\\*\\*\\n\\n${asked.slice(0, 20)}`));
    return report;
  }

  async #ended(way: Way): Promise<void> {
    const { handle } = this.operator;
    if (way === 'rollback') {
      assert.deepEqual((await handle.result()).outcome, 'rolled-back');
      return;
    }
    await assert.rejects(
      handle.result(),
      error => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
    );
  }

  /** Before the flip: no trace of the run, and the applications never noticed. */
  async assertUndone(report: Report): Promise<void> {
    assert.equal(report.stranded, null);
    assert.match(
      report.ending ?? '',
      /(Everything was undone|Nothing had been changed): blue \(kafka-orders-a\) is in service/,
    );
    assert.equal(await this.eyes.stackStatus(GREEN), 'absent');
    await this.assertBlueServes();
  }

  /** After the flip: blue serves, and green keeps exactly what the auditor counts there, under its fence. */
  async assertRolledBack(report: Report, besides: Readonly<Record<string, string>> = {}): Promise<void> {
    const stranded = await this.traffic.strand(this.green);
    assert.deepEqual(report.stranded, { ...stranded, ...besides });
    assert.equal(await this.eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
    const configs = await this.eyes.topicConfigs(GREEN);
    // Nothing of this service is ambient on green but what the run keeps for itself: all else is fenced, and kept.
    for (const topic of Object.keys(configs).filter(name => !name.startsWith('_bluegreen'))) {
      await assert.rejects(this.eyes.write(GREEN, topic, 1), { type: 'MESSAGE_TOO_LARGE' }, topic);
      const { 'retention.ms': age, 'retention.bytes': size } = configs[topic] ?? {};
      assert.deepEqual([age, size], ['-1', '-1'], `${topic} is kept`);
    }
    await this.assertBlueServes();
  }

  /** The command that the run printed for its green, and the next plan too, deletes it; after that nothing stands in the way. */
  async deleteGreenAsPrinted(report: Report): Promise<void> {
    const printed = /aws cloudformation delete-stack --stack-name ([\w-]+)/;
    const { problems } = await this.operator.plan(request);
    assert.deepEqual(
      problems.map(p => p.on),
      [`stack ${GREEN}`],
    );
    const named = [report.ending, problems[0]?.remedy].map(text => printed.exec(text ?? '')?.[1]);
    assert.deepEqual(named, [GREEN, GREEN]);
    await this.eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: GREEN }));
    await until('green is deleted', async () => (await this.eyes.stackStatus(GREEN)) === 'absent', {
      withinMs: 60_000,
    });
    assert.deepEqual((await this.operator.plan(request)).problems, []);
  }

  /** As it was found: record, TTL, topic configs; steady; and records flow. */
  async assertBlueServes(): Promise<void> {
    assert.deepEqual(await this.eyes.record(), this.#found.record, 'the record with its TTL');
    assert.deepEqual(await this.eyes.topicConfigs(BLUE), this.#found.configs, 'the topic configs');
    const signpost = await this.eyes.signpost();
    if (signpost !== null) this.#assertSteadyOnBlue(signpost);
    await this.traffic.flows();
    await this.eyes.write(BLUE, 'payments', 1);
    await this.eyes.commitAtEnds(BLUE, 'billing', 'payments');
  }

  #assertSteadyOnBlue(signpost: Readonly<Record<string, string>>): void {
    const { by, write, read, drain } = signpost;
    assert.deepEqual({ by, drain }, { by: '-', drain: '-' });
    assert.equal(write, read);
    const { ResourceRecords, AliasTarget } = this.#found.record;
    const alias = AliasTarget?.DNSName?.replace(/^dualstack\./, '').replace(/\.$/, '');
    const blue = ResourceRecords?.[0]?.Value ?? alias ?? '?';
    assert.equal(signpost[write ?? '']?.startsWith(blue), true, "blue's own address");
  }
}
