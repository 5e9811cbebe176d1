/**
 * One durable run replaces a whole Kafka cluster by another. Before the flip a failure, a rejection or an expired approval undoes
 * everything; from the flip on nothing moves by itself; the ledger is the only key that opens blue's deletion.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { deploymentId } from '../contract/deployment.ts';
import { FailureType } from '../contract/errors.ts';
import type { Report } from '../contract/report.ts';
import { WORKFLOW_ID_PREFIX } from '../contract/request.ts';
import { describeFailure } from '../report/ending.ts';
import { fit } from '../report/fit.ts';
import { admit } from './admission.ts';
import { registerHandlers } from './handlers.ts';
import { failureIn, reasonOf } from './holding.ts';
import { approval } from './phases/approval.ts';
import { bake } from './phases/bake.ts';
import { decommission } from './phases/decommission.ts';
import { drain } from './phases/drain.ts';
import { flip } from './phases/flip.ts';
import { freeze } from './phases/freeze.ts';
import { parity } from './phases/parity.ts';
import { preflight } from './phases/preflight.ts';
import { provision } from './phases/provision.ts';
import { release } from './phases/release.ts';
import { rollback } from './phases/rollback.ts';
import { settle } from './phases/settle.ts';
import { smoke } from './phases/smoke.ts';
import { trafficIsOnGreen, undo } from './phases/undo.ts';
import { DeploymentRun } from './run.ts';

export async function BlueGreenWorkflow(input: unknown): Promise<Report> {
  const request = admit(input, WORKFLOW_ID_PREFIX);
  const run = new DeploymentRun(request, deploymentId(workflowInfo().firstExecutionRunId));
  registerHandlers(run);
  CancellationScope.current().cancelRequested.catch(() => run.cancel());
  return CancellationScope.nonCancellable(() => deploy(run));
}

async function deploy(run: DeploymentRun): Promise<Report> {
  const forward = new CancellationScope({ cancellable: true });
  run.onWayBack(() => forward.cancel());
  try {
    const verdict = await forward.run(() => goForward(run));
    if (verdict === 'deployed') return finish(run, 'deployed');
    await goBack(run);
    return finish(run, 'rejected');
  } catch (error) {
    if (run.gates.position !== 'before-flip' && run.gates.wayBack === null) throw error;
    await goBack(run);
    const asked = run.gates.wayBack?.as;
    if (asked === 'rollback') return finish(run, 'rolled-back');
    if (asked === 'cancel') throw new CancelledFailure(run.end('cancelled'));
    const failure = failureOf(run, error);
    run.fail(failure.message);
    throw failure;
  }
}

async function goForward(run: DeploymentRun): Promise<'deployed' | 'rejected'> {
  await inPhase(run, 'preflight', preflight);
  await inPhase(run, 'provision', provision);
  await inPhase(run, 'parity', parity);
  await inPhase(run, 'smoke', smoke);
  if ((await inPhase(run, 'approval', approval)) === 'rejected') return 'rejected';
  await inPhase(run, 'flip', flip);
  await inPhase(run, 'settle', settle);
  await inPhase(run, 'freeze', freeze);
  await inPhase(run, 'drain', drain);
  await inPhase(run, 'release', release);
  await inPhase(run, 'bake', bake);
  await inPhase(run, 'decommission', decommission);
  return 'deployed';
}

async function inPhase<T>(
  run: DeploymentRun,
  phase: Parameters<DeploymentRun['enter']>[0],
  work: (run: DeploymentRun) => Promise<T>,
): Promise<T> {
  await run.pauseIfAsked();
  if (run.gates.wayBack !== null) throw new CancelledFailure('The way back was asked for.');
  run.enter(phase);
  try {
    return await work(run);
  } catch (error) {
    run.leave(phase, {
      state: 'failed',
      detail: isCancellation(error) ? 'ended by the way back' : reasonOf(error).slice(0, 300),
    });
    throw error;
  }
}

/** Undo or rollback, by where the writers really are. */
async function goBack(run: DeploymentRun): Promise<void> {
  const onGreen = run.gates.position === 'flipped' || (await trafficIsOnGreen(run));
  run.moveTo('going-back');
  await (onGreen ? rollback(run) : undo(run));
}

function finish(run: DeploymentRun, outcome: Parameters<DeploymentRun['end']>[0]): Report {
  run.end(outcome);
  return fit(run.report());
}

/** The run's own failures keep their type; what an activity failed with becomes one sentence under a stable one. */
function failureOf(run: DeploymentRun, error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  return ApplicationFailure.create({
    message: describeFailure(run.status(), {
      reason: reasonOf(error),
      type: failureIn(error)?.type ?? null,
      stranded: run.stranded,
      green: run.greenEnd,
    }),
    type: FailureType.DeploymentFailed,
    nonRetryable: true,
    ...(error instanceof Error && { cause: error }),
  });
}
