/** A worker behind a network that loses the first answer to everything it asks of AWS, and an AWS that limits its calls in every phase. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeStackEventsCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Phase } from '../../contract/phases.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { awsActions } from '../activities/aws-steps.ts';
import { AuditedTraffic } from '../e2e/audited.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { type AwsFault, type AwsFaultProxy, startAwsFaultProxy } from '../support/aws-fault-proxy.ts';
import { guarantee } from '../support/guarantee.ts';
import { recordChanges } from '../support/record-changes.ts';

/** The SDK gives a call up after six tries; the next try is the activity's. */
const burst: AwsFault = {
  action: '*',
  times: 8,
  kind: { kind: 'error-before-effect', status: 400, code: 'Throttling' },
};
/** The phases that talk to AWS. */
const limited: readonly Phase[] = ['preflight', 'provision', 'flip', 'release', 'decommission'];
/** Announced, flipped, readers moved, closed. */
const STAGES = 4;

describe('a deployment whose worker loses the first answer of every action of AWS', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let proxy: AwsFaultProxy;
  let traffic: AuditedTraffic;
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    proxy = await startAwsFaultProxy({ upstream: local.awsEndpoint, host: `127.${local.network.octet}.0.9` });
    await local.startWorker({ AWS_ENDPOINT_URL: proxy.endpoint });
    operator = await Operator.connect(local);
    traffic = await AuditedTraffic.start(local);
  });
  after(async () => {
    await traffic?.stop();
    await operator?.close();
    eyes?.close();
    await proxy?.stop();
    await local?.stop();
  });

  const struck = () => [...proxy.struck.values()].reduce((sum, n) => sum + n, 0);

  /** Limits calls at the beginning of every phase that makes any, until the gate is open; each limit has to be met. */
  async function through(gate: 'flip' | 'decommission', met: Map<string, number>): Promise<void> {
    await until(
      `the run waits for ${gate}`,
      async () => {
        const { phase, waitingFor } = await operator.status();
        if (!met.has(phase)) {
          met.set(phase, struck());
          if (limited.some(name => name === phase)) proxy.add([burst]);
        }
        return waitingFor?.kind === 'gate' && waitingFor.gate === gate;
      },
      { withinMs: 240_000, everyMs: 20 },
    );
  }

  async function events(stack: string, status: string): Promise<number> {
    const { StackSummaries = [] } = await eyes.aws.cloudFormation.send(new ListStacksCommand({}));
    const ids = StackSummaries.filter(s => s.StackName === stack).map(s => s.StackId ?? '');
    const counts = await Promise.all(
      ids.map(async id => {
        const { StackEvents = [] } = await eyes.aws.cloudFormation.send(
          new DescribeStackEventsCommand({ StackName: id }),
        );
        return StackEvents.filter(e => e.PhysicalResourceId === id && e.ResourceStatus === status).length;
      }),
    );
    return counts.reduce((sum, n) => sum + n, 0);
  }

  test(
    ...guarantee(
      { promise: 'once', fault: 'the first answer of every AWS action is lost, and calls are limited in every phase' },
      'It ends deployed, each effect is there once, and no record is lost, doubled or reordered',
      async () => {
        const met = new Map<string, number>();
        proxy.inject(awsActions.map(action => ({ action, kind: { kind: 'drop-after-effect' } })));
        proxy.add([burst]);
        met.set('preflight', 0);
        await operator.start(request);
        await through('flip', met);
        await traffic.observe(GREEN);
        await operator.tell('approve', { gate: 'flip' });
        await through('decommission', met);
        await traffic.leave(BLUE);
        await operator.tell('approve', { gate: 'decommission' });
        const report = await operator.handle.result();
        met.set('end', struck());
        assert.equal(report.outcome, 'deployed');

        const counts = [...met];
        for (const [at, [phase, earlier]] of counts.entries())
          if (limited.some(name => name === phase))
            assert.ok((counts[at + 1]?.[1] ?? 0) > earlier, `calls were limited in ${phase}`);
        const unknown = [...proxy.calls.keys()].filter(action => !awsActions.some(known => known === action));
        assert.deepEqual(unknown, [], 'every action is in the table that is tried against every fault');
        assert.deepEqual(
          {
            created: await events(GREEN, 'CREATE_IN_PROGRESS'),
            deleted: await events(BLUE, 'DELETE_IN_PROGRESS'),
            recordChanges: recordChanges(proxy.writes),
          },
          { created: 1, deleted: 1, recordChanges: STAGES },
        );
        await traffic.assertClean();
      },
    ),
  );
});
