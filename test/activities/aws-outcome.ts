/** What a step came to under some faults, in words that are the same for every world. */
import type { Plan } from '../../contract/plan.ts';
import type { AwsFault } from '../support/aws-fault-proxy.ts';
import type { AwsStep } from './aws-steps.ts';
import type { AwsWorlds, Ended } from './aws-world.ts';

export interface Outcome {
  /** How each activity ended: its kind, the refusal, or where it says traffic is. */
  readonly ended: readonly string[];
  /** The cloud afterwards, and how often it was changed. */
  readonly seen: Readonly<Record<string, unknown>>;
  readonly called: readonly string[];
  /** The actions that a fault struck. */
  readonly struck: readonly string[];
}

export async function outcomeOf(worlds: AwsWorlds, step: AwsStep, faults: readonly AwsFault[]): Promise<Outcome> {
  const { aws } = worlds;
  aws.inject([]);
  const world = await worlds.open();
  await step.prepare(world);
  aws.inject(faults);
  const ended = await step.run(world);
  return {
    ended: ended.map(end => wordsOf(end).replaceAll(world.request.green.stack, 'green')),
    seen: await world.seen(),
    called: [...aws.calls.keys()],
    struck: [...aws.struck.keys()],
  };
}

function wordsOf(end: Ended): string {
  if (end.kind === 'refused') return `refused ${end.type}: ${end.message}`;
  const { at, plan } = end.result;
  return ['done', ...(typeof at === 'string' ? [at] : []), ...problemsOf(plan)].join(' ');
}

function problemsOf(plan: unknown): string[] {
  if (typeof plan !== 'object' || plan === null || !('problems' in plan) || !Array.isArray(plan.problems)) return [];
  return plan.problems.map((problem: Plan['problems'][number]) => problem.problem);
}
