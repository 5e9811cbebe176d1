/** What the exit code of the command, and of the worker that it starts, says to CI and to a service manager; stable. */
export const ExitCode = {
  /** Deployed; or what was asked was done. */
  Done: 0,
  /** The run failed or was cancelled. */
  Failed: 1,
  /** A request, a configuration or a command line that cannot be used, or a plan with problems: nothing was created. */
  Refused: 2,
  Rejected: 3,
  RolledBack: 4,
  /** The run holds, or waits for a person: the output says the command to send. */
  Waits: 5,
  /** Temporal, or a worker, could not be reached. */
  Unreachable: 6,
  /** An error that nobody foresaw: it says nothing about a deployment. */
  Unforeseen: 7,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
