/** How a run ended, as its exit code and the sentence about it. */

import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { FailureType } from '../contract/errors.ts';
import { ExitCode } from '../contract/exit-codes.ts';
import type { Report } from '../contract/report.ts';
import { exitCodeOf } from './exit-codes.ts';

export type Ended =
  | { readonly kind: 'reported'; readonly report: Report; readonly exitCode: ExitCode }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: ExitCode };

/** Waits for the end of the run. Errors that are not the run's own pass through. */
export async function endOf(result: Promise<Report>): Promise<Ended> {
  try {
    const report = await result;
    return { kind: 'reported', report, exitCode: exitCodeOf(report.outcome ?? 'failed') };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return failed(error.cause);
  }
}

function failed(cause: Error | undefined): Ended {
  if (cause instanceof CancelledFailure)
    return {
      kind: 'failed',
      exitCode: ExitCode.Failed,
      message:
        'It was cancelled, and went back: blue is in service, and its report says whether anything stays on green.',
    };
  if (cause instanceof TerminatedFailure)
    return {
      kind: 'failed',
      exitCode: ExitCode.Failed,
      message: 'It was terminated: nothing was put back. The next plan names what it left, and the commands.',
    };
  if (cause instanceof ApplicationFailure) {
    const refused = cause.type === FailureType.PreflightRefused || cause.type === FailureType.InvalidInput;
    return { kind: 'failed', exitCode: refused ? ExitCode.Refused : ExitCode.Failed, message: cause.message };
  }
  return {
    kind: 'failed',
    exitCode: ExitCode.Failed,
    message: cause?.message ?? 'It failed, and Temporal does not say why.',
  };
}
