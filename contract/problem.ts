/**
 * One thing that stands in the way, said to the person who can mend it. Problems are collected, never thrown one by one:
 * whoever reads the list can mend everything before the next try.
 */
export interface Problem {
  /** Where: a path into the request (`drain.every`), or an object (`topic orders-raw`, `group billing`, `blue`). */
  readonly on: string;
  /** What was expected and what was seen, one sentence. */
  readonly problem: string;
  /** What to do next, one sentence; a command where there is one. */
  readonly remedy: string;
}

/** The problems as lines of text, each `on: problem Remedy.`, for an error message that lists them all. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(p => `- ${p.on}: ${p.problem} ${p.remedy}`).join('\n');
}
