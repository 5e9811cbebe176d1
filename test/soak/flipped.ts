/** A deployment under audited traffic whose flip is approved, to be met in any phase after it. */
import type { TestContext } from 'node:test';
import type { Phase } from '../../contract/phases.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { AuditedTraffic } from '../e2e/audited.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { Holds } from '../e2e/holds.ts';

export interface FlippedDeployment {
  readonly local: LocalStack;
  readonly eyes: Eyes;
  readonly operator: Operator;
  readonly traffic: AuditedTraffic;
  readonly holds: Holds;
}

/** Longer than any phase after the flip takes here, but for those that wait for a group. */
export const LONGEST_PHASE_MS = 3_000;

/** One group lags until it is waived, so that every phase can be met; `quiet` is how long settle lasts. It ends with the test. */
export async function flipped(context: TestContext, quiet = '4s'): Promise<FlippedDeployment> {
  const ends: (() => Promise<void> | void)[] = [];
  context.after(async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  });
  const local = await startLocal();
  ends.push(() => local.stop());
  const eyes = new Eyes(local);
  ends.push(() => eyes.close());
  await bringUpBlue(local);
  await eyes.admin(BLUE, admin => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'scratch' }] }));
  await eyes.write(BLUE, 'scratch', 5);
  await eyes.commitAtEnds(BLUE, 'reports', 'scratch');
  await eyes.commitAtEnds(BLUE, 'reports', 'payments', 3);
  const traffic = await AuditedTraffic.start(local);
  ends.push(() => traffic.stop());
  await local.startWorker();
  const operator = await Operator.connect(local);
  ends.push(() => operator.close());
  await operator.start({
    ...request,
    groups: [{ match: '*', disposition: 'move' }],
    settle: { ...request.settle, quiet },
  });
  await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
  await traffic.observe(GREEN);
  await operator.tell('approve', { gate: 'flip' });
  return { local, eyes, operator, traffic, holds: new Holds(operator, local) };
}

/** Waits for the phase, and then until the moment that was drawn. */
export async function meet({ operator }: FlippedDeployment, phase: Phase, atMs: number): Promise<Phase> {
  await operator.until(`the run is in ${phase}, or beyond`, s => {
    const state = s.phases.find(p => p.phase === phase)?.state;
    return state !== undefined && state !== 'waiting';
  });
  const at = Date.now() + atMs;
  await until('the moment has come', async () => Date.now() >= at, { withinMs: LONGEST_PHASE_MS * 2, everyMs: 20 });
  return (await operator.status()).phase as Phase;
}
