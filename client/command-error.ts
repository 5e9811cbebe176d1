/** What the command ends with when it cannot do what was asked: one sentence that says what to do next, and the exit code. */
import type { ExitCode } from '../contract/exit-codes.ts';

export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
