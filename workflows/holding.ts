/**
 * From the flip on a failure never moves anything by itself: the run holds, says what it saw, and tries the step again when
 * somebody resumes, or when a waiver changes what the step has to wait for.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { DeploymentRun } from './run.ts';

/** Runs the step until it succeeds; holds between tries. Only a cancellation (the way back) gets through. */
export function held<T>(run: DeploymentRun, step: () => Promise<T>): Promise<T> {
  return untilDone(run, step, 'resume');
}

/** As `held`, where a waiver ends the hold too: the next try knows it. */
export function heldUnlessWaived<T>(run: DeploymentRun, step: () => Promise<T>): Promise<T> {
  return untilDone(run, step, 'resume-or-waiver');
}

async function untilDone<T>(
  run: DeploymentRun,
  step: () => Promise<T>,
  ends: Parameters<DeploymentRun['hold']>[1],
): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (isCancellation(error)) throw error;
      await run.hold(reasonOf(error), ends);
    }
  }
}

/** As `held`, for a step that a waiver can shorten: each waiver ends the try that runs, or the hold, and starts the next with it. */
export function heldWithWaivers<T>(run: DeploymentRun, step: () => Promise<T>): Promise<T> {
  const withWaivers = async () => {
    for (;;) {
      const attempt = new CancellationScope({ cancellable: true });
      const known = run.waivers.length;
      run.onWaiver(() => attempt.cancel());
      try {
        const result = await attempt.run(step);
        if (run.waivers.length === known) return result;
      } catch (error) {
        // Whatever it failed with, it did not know the waiver yet.
        const withoutWaiver = run.waivers.length > known && run.gates.wayBack === null;
        if (!withoutWaiver) throw error;
      } finally {
        run.onWaiver(() => {});
      }
    }
  };
  return untilDone(run, withWaivers, 'resume-or-waiver');
}

/** The sentence for a person in whatever an activity failed with: the innermost application failure's message. */
export function reasonOf(error: unknown): string {
  if (error instanceof ActivityFailure && error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof ApplicationFailure) return error.message;
  // What was tried until its time was up failed for a reason, which says more than that it took too long.
  if (error instanceof TimeoutFailure && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** The application failure that a step ended with, with its stable type; null where it ended otherwise. */
export function failureIn(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : null;
}
