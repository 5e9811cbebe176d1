/** A mutant: one mistake in the product that a promise forbids, made on purpose to see which test notices it. */
import type { PromiseName } from '../promises.ts';

export interface Mutant {
  /** The mistake, in a few words. */
  readonly name: string;
  /** What would not hold any more. */
  readonly breaks: PromiseName;
  /** From the project's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  /** Correct TypeScript in its place: what a compiler refuses, no test has caught. */
  readonly replace: string;
  /** The fastest tests that can honestly notice it, from the root. */
  readonly tests: readonly string[];
  /** Runs only tests whose titles match, where the file has others that take long. A regular expression. */
  readonly titles?: string;
}

/** How the last run of a mutant ended. */
export interface Tried {
  readonly name: string;
  readonly breaks: PromiseName;
  readonly file: string;
  readonly killed: boolean;
  /** The test that caught it: title and file; or why nothing did. */
  readonly by: string;
  readonly in: string;
  readonly seconds: number;
  /** Day of the run, ISO 8601. */
  readonly on: string;
}

/** Whether its tests start brokers or an emulator, and so take the machine for themselves. */
export function needsServers({ tests }: Mutant): boolean {
  return tests.some(file => file.endsWith('.server.test.ts'));
}
