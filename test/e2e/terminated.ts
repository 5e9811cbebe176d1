/** Deployments that are terminated: what the next plan names, and the commands that it prints, as a person would copy them. */
import assert from 'node:assert/strict';
import type { Plan } from '../../contract/plan.ts';
import { BLUE, GREEN, type Operator, RECORD, request, WORKFLOW_ID } from './deployment.ts';
import type { Eyes } from './eyes.ts';

export const SIGNPOST = `signpost _bluegreen.${RECORD}`;
const FENCE_KEY = 'max.message.bytes';

export interface Left {
  readonly plan: Plan;
  /** Those of the signpost's remedy, in order. */
  readonly commands: readonly string[];
}

/** Ends the run from outside, whatever it does, and asks for a plan; answers with what the plan says. */
export async function terminate(operator: Operator, input: object = request): Promise<Left> {
  const { runId } = await operator.handle.describe();
  const { deployment } = await operator.status();
  await operator.handle.terminate('a test');
  const plan = await operator.plan(input);
  const [first] = plan.problems;
  assert.equal(first?.on, SIGNPOST, JSON.stringify(plan.problems));
  assert.match(first.problem, new RegExp(`^belongs to deployment ${deployment}, whose run ${runId} ended TERMINATED`));
  return { plan, commands: commandsIn(first.remedy) };
}

export function commandsIn(remedy: string): string[] {
  return remedy.split('\n').filter(line => /^(temporal|aws|kafka-configs\.sh) /.test(line));
}

/** Every override of ours that a person sees on blue's topics is named with topic and value; green and signpost are; nothing may be deleted. */
export async function assertNamesWhatIsLeft({ plan }: Left, eyes: Eyes): Promise<void> {
  const problem = (on: string) =>
    plan.problems
      .filter(p => p.on === on)
      .map(p => p.problem)
      .join('\n');
  assert.match(problem(`stack ${GREEN}`), /^was made by deployment/, JSON.stringify(plan.problems));
  const overrides = Object.entries(await eyes.topicConfigs(BLUE));
  const withFence = (value: string) => overrides.filter(([, o]) => o[FENCE_KEY] === value).map(([topic]) => topic);
  for (const value of ['78', '1']) {
    const topics = withFence(value);
    if (topics.length > 0) assert.match(problem(named(topics)), new RegExp(`fence \\(${FENCE_KEY}=${value}\\)`));
  }
  const kept = overrides.filter(([, o]) => o['retention.ms'] === '-1' && o['retention.bytes'] === '-1');
  if (kept.length > 0)
    assert.match(problem(named(kept.map(([topic]) => topic))), /keep \(retention\.ms=-1, retention\.bytes=-1\)/);
  assert.ok(
    plan.problems.every(p => !/delete-stack/.test(p.remedy)),
    'nothing is to be deleted',
  );
  assert.equal(plan.paste, null, 'nothing is to be waived');
}

/** The command that makes the deployment go on, which comes first. */
export function resetIn({ commands }: Left): string {
  const [reset] = commands;
  assert.match(reset ?? '', new RegExp(`^temporal workflow reset --workflow-id ${WORKFLOW_ID} --run-id `));
  return reset ?? '';
}

function named(topics: readonly string[]): string {
  return `${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}`;
}
