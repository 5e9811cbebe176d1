/** AWS loses answers, is behind its own writes, and has bad moments: each step ends as it would have, and its effect is there once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AwsFault, FaultKind } from '../support/aws-fault-proxy.ts';
import { guarantee } from '../support/guarantee.ts';
import { type Outcome, outcomeOf } from './aws-outcome.ts';
import { type AwsStep, awsActions, awsSteps } from './aws-steps.ts';
import { type AwsWorlds, startAwsWorlds } from './aws-world.ts';

/** Every call's first answer, or all that is read for a while; the soak tries each action by itself, in every step. */
const faults: Readonly<Record<string, { readonly kind: FaultKind; readonly steps: readonly AwsStep[] }>> = {
  'the first answer of every action is lost': { kind: { kind: 'drop-after-effect' }, steps: awsSteps },
  'every look is two seconds behind what was written': {
    kind: { kind: 'behind', ms: 2_000 },
    steps: awsSteps.filter(step => step.stands === true),
  },
};

describe('an activity that talks to AWS', () => {
  let worlds: AwsWorlds;
  const clean = new Map<AwsStep, Outcome>();
  before(async () => {
    worlds = await startAwsWorlds();
    for (const step of awsSteps) clean.set(step, await outcomeOf(worlds, step, []));
  });
  after(() => worlds.stop());

  test('calls no action of AWS that is not in the table', () => {
    const called = new Set([...clean.values()].flatMap(outcome => outcome.called));
    assert.deepEqual([...called].toSorted(), awsActions);
  });

  for (const [fault, { kind, steps }] of Object.entries(faults))
    test(
      ...guarantee({ promise: 'once', fault: `AWS: ${fault}` }, `ends the same when ${fault}`, async context => {
        for (const step of steps)
          await context.test(step.name, async () => {
            const all = awsActions.map((action): AwsFault => ({ action, kind }));
            const { ended, seen, called, struck } = await outcomeOf(worlds, step, all);
            assert.deepEqual({ ended, seen }, { ended: clean.get(step)?.ended, seen: clean.get(step)?.seen });
            if (kind.kind === 'drop-after-effect') assert.deepEqual(struck.toSorted(), called.toSorted());
            else assert.ok(struck.length > 0, 'the fault struck');
          });
      }),
    );
});
