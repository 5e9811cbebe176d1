/** Every AWS action of the product under every kind of fault: each step ends as without it, and its effect is there once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Outcome, outcomeOf } from '../activities/aws-outcome.ts';
import { type AwsStep, awsActions, awsSteps } from '../activities/aws-steps.ts';
import { type AwsWorlds, startAwsWorlds } from '../activities/aws-world.ts';
import type { AwsFault } from '../support/aws-fault-proxy.ts';
import { guarantee } from '../support/guarantee.ts';

const error = (status: number, code: string) => ({ kind: 'error-before-effect', status, code }) as const;

interface Kind extends Omit<AwsFault, 'action'> {
  readonly what: string;
  /** Its retries take long: each action is tried in the first step that calls it, not in every one. */
  readonly long: boolean;
}

const kinds: readonly Kind[] = [
  { what: 'is never sent', long: false, kind: { kind: 'drop-before-effect' } },
  { what: 'has its answer lost', long: false, kind: { kind: 'drop-after-effect' } },
  { what: 'has its second answer lost', long: false, skip: 1, kind: { kind: 'drop-after-effect' } },
  { what: 'has its answer cut short', long: false, kind: { kind: 'cut-answer' } },
  {
    what: 'is done and answered with a 500',
    long: false,
    kind: { kind: 'error-after-effect', status: 500, code: 'InternalFailure' },
  },
  { what: 'is answered with a 503', long: false, kind: error(503, 'ServiceUnavailable') },
  { what: 'is answered four seconds late', long: true, kind: { kind: 'delay', ms: 4_000 } },
  {
    what: 'has every answer lost for as long as the SDK tries',
    long: true,
    times: 7,
    kind: { kind: 'drop-after-effect' },
  },
  { what: 'is limited for longer than the SDK tries', long: true, times: 9, kind: error(400, 'Throttling') },
  {
    what: 'is unavailable for longer than the SDK tries',
    long: true,
    times: 9,
    kind: error(503, 'ServiceUnavailable'),
  },
  { what: 'is six seconds behind what was written', long: false, kind: { kind: 'behind', ms: 6_000 } },
];

describe('an AWS action', () => {
  let worlds: AwsWorlds;
  const clean = new Map<AwsStep, Outcome>();
  before(async () => {
    worlds = await startAwsWorlds();
    for (const step of awsSteps) clean.set(step, await outcomeOf(worlds, step, []));
  });
  after(() => worlds.stop());

  test('that the product calls is tried here', () => {
    const called = new Set([...clean.values()].flatMap(outcome => outcome.called));
    assert.deepEqual([...called].toSorted(), awsActions);
  });

  for (const { what, long, ...fault } of kinds)
    test(
      ...guarantee(
        { promise: 'once', fault: `an AWS call ${what}` },
        `that ${what} leaves the end of every step as it was`,
        async context => {
          let strikes = 0;
          for (const action of awsActions) {
            const steps = awsSteps.filter(step => clean.get(step)?.called.includes(action));
            for (const step of long ? steps.slice(0, 1) : steps) {
              await context.test(`${action} in ${step.name}`, async () => {
                const { ended, seen, struck } = await outcomeOf(worlds, step, [{ action, ...fault }]);
                const expected = clean.get(step);
                assert.deepEqual({ ended, seen }, { ended: expected?.ended, seen: expected?.seen });
                // Whether there is a second call, or a look after a write, depends on the step.
                if (fault.skip === undefined && fault.kind.kind !== 'behind') assert.deepEqual(struck, [action]);
                strikes += struck.length;
              });
            }
          }
          assert.ok(strikes > 0, 'the fault struck');
        },
      ),
    );
});
