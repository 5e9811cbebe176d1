/** What the exit code says of a run: how it ended, or that it waits for a person. */
import { ExitCode } from '../contract/exit-codes.ts';
import type { Outcome } from '../contract/phases.ts';
import type { Status } from '../contract/status.ts';

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
