/** The result of PlanWorkflow, and the first thing a deployment decides on: what would be done, and what stands in the way. */
import type { EvidenceRef } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { GroupRule, TopicRule, Waiver } from './request.ts';

export interface Plan {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  /** What does not stand in the way now and is better known before the start, a sentence each, with its command. */
  readonly notes: readonly string[];
  /** Rules and waivers that would answer for everything: paste into the request and correct. Null when nothing is missing. */
  readonly paste: {
    readonly topics: readonly TopicRule[];
    readonly groups: readonly GroupRule[];
    readonly waive: readonly Waiver[];
  } | null;
  readonly topics: Readonly<Record<'drain' | 'ambient' | 'waive' | 'undecided', number>>;
  readonly groups: Readonly<Record<'move' | 'ephemeral' | 'abandoned' | 'external' | 'undecided', number>>;
  /** One line each: what the run would change, in order. */
  readonly steps: readonly string[];
  /** How long after the flip blue must stay for the topics whose history is kept, in milliseconds; 0 when there are none. */
  readonly historyKeptMs: number;
  readonly inventory: EvidenceRef | null;
}
