/**
 * A look that Temporal or a worker does not answer is taken again for a while: a deployment outlives their restarts, and so does
 * whoever follows it.
 */

import { ExitCode } from '../contract/exit-codes.ts';
import { CommandError } from './command-error.ts';

export interface PatienceOptions {
  /** How long nobody may answer before the look fails. */
  readonly longestMs: number;
  /** Hears once of each silence, and of its end. */
  readonly say: (line: string) => void;
  readonly now?: () => number;
}

export class Patience {
  readonly #o: PatienceOptions;
  #silentSince: number | null = null;

  constructor(options: PatienceOptions) {
    this.#o = options;
  }

  /** What the look saw, or null when nobody answered it and the next one may. */
  async attempt<T>(look: () => Promise<T>): Promise<T | null> {
    const now = this.#o.now ?? Date.now;
    try {
      const seen = await look();
      if (this.#silentSince !== null) this.#o.say('an answer again');
      this.#silentSince = null;
      return seen;
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== ExitCode.Unreachable) throw error;
      if (this.#silentSince === null) this.#o.say(`no answer, looking on: ${error.message}`);
      this.#silentSince ??= now();
      if (now() - this.#silentSince >= this.#o.longestMs) throw error;
      return null;
    }
  }
}
