/** The doubles as real activities: they take time, heartbeat, hear a cancellation, and write down when each began and ended. */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Activities } from '../../contract/activities.ts';
import type { Double } from './sandbox.ts';

export interface Step {
  readonly name: string;
  readonly what: 'began' | 'ended' | 'cancelled' | 'failed';
}

export interface Timing {
  /** Milliseconds that an activity takes; 0 unless said. */
  readonly takesMs?: (name: keyof Activities) => number;
  /** Milliseconds from a cancellation being heard to the activity's end; 0 unless said. */
  readonly lingersMs?: (name: keyof Activities) => number;
  readonly onStep?: (step: Step) => void;
}

const BEAT_MS = 50;

export class TimedActivities {
  /** What happened, in order. */
  readonly steps: Step[] = [];
  readonly activities: Record<string, (input: never) => Promise<unknown>> = {};
  readonly #calls = new Map<string, number>();
  readonly #timing: Timing;

  constructor(doubles: Readonly<Record<string, Double>>, timing: Timing = {}) {
    this.#timing = timing;
    for (const [name, double] of Object.entries(doubles))
      this.activities[name] = input => this.#perform(name as keyof Activities, double, input);
  }

  /** Where in the order this happened first; -1 when it did not. */
  position(name: keyof Activities, what: Step['what']): number {
    return this.steps.findIndex(step => step.name === name && step.what === what);
  }

  /** Whether this step began (or ended) already. */
  saw(name: keyof Activities, what: Step['what'] = 'began'): boolean {
    return this.position(name, what) >= 0;
  }

  async #perform(name: keyof Activities, double: Double, input: never): Promise<unknown> {
    const note = (what: Step['what']) => {
      this.steps.push({ name, what });
      this.#timing.onStep?.({ name, what });
    };
    const attempt = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, attempt);
    const context = Context.current();
    note('began');
    const beat = setInterval(() => context.heartbeat({ step: name }), BEAT_MS);
    try {
      context.heartbeat({ step: name });
      await context.sleep(this.#timing.takesMs?.(name) ?? 0);
      const result = await double(input, { attempt, cancelled: () => context.cancellationSignal.aborted });
      note('ended');
      return result;
    } catch (error) {
      if (error instanceof CancelledFailure) {
        await new Promise(resolve => setTimeout(resolve, this.#timing.lingersMs?.(name) ?? 0));
        note('cancelled');
        throw error;
      }
      note('failed');
      throw error instanceof ApplicationFailure ? error : ApplicationFailure.fromError(error);
    } finally {
      clearInterval(beat);
    }
  }
}
