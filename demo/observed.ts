/** What else was seen of a demo, beside its figures. */
import type { Surroundings } from './surroundings.ts';
import type { ToolCheck } from './tool-output.ts';

export interface Observed {
  readonly tools: readonly ToolCheck[];
  /** Records in the logs of the demo's topics that none of its producers sent. */
  readonly foreign: number;
  /** Everything for which the run held. */
  readonly holds: readonly string[];
  /** Around blue: before the deployment was asked for, and after it had gone back. Null where blue is gone. */
  readonly around: { readonly before: Surroundings; readonly after: Surroundings } | null;
  /** Records that blue's log took after the run had ended. */
  readonly takenByBlueSince: number;
}
