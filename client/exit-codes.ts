/** What the command's exit code says to CI; stable. */
import type { Outcome } from '../contract/phases.ts';
import type { Status } from '../contract/status.ts';

export const ExitCode = {
  /** Deployed; or what was asked was done. */
  Done: 0,
  /** The run failed or was cancelled. */
  Failed: 1,
  /** A request or a command line that cannot be used, or a plan with problems: nothing was created. */
  Refused: 2,
  Rejected: 3,
  RolledBack: 4,
  /** The run holds, or waits for a person: the output says the command to send. */
  Waits: 5,
  /** Temporal, or a worker, could not be reached. */
  Unreachable: 6,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'deployed':
      return ExitCode.Done;
    case 'rejected':
      return ExitCode.Rejected;
    case 'rolled-back':
      return ExitCode.RolledBack;
    case 'cancelled':
    case 'failed':
      return ExitCode.Failed;
  }
}

/** Bake ends by itself: it waits for nobody. */
export function waitsForPerson({ waitingFor }: Pick<Status, 'waitingFor'>): boolean {
  return waitingFor !== null && !(waitingFor.kind === 'gate' && waitingFor.gate === 'bake');
}
