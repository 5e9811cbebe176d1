import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../contract/status.ts';
import { renderCurrentDetails } from '../../report/current-details.ts';
import { describeEnding, describeFailure } from '../../report/ending.ts';
import { atTheFlip } from './statuses.ts';

const undone =
  'Everything was undone: blue (kafka-orders-a) is in service as it was found, and green (kafka-orders-b) was deleted.';
const command = 'aws cloudformation delete-stack --stack-name kafka-orders-b';

/** As it stands when the phase ended early: what came before it is done. */
const endedIn = (phase: Status['phases'][number]['phase']): Status => {
  const at = atTheFlip.phases.findIndex(p => p.phase === phase);
  const state = (n: number) => (n < at ? 'done' : n === at ? 'failed' : 'waiting');
  return { ...atTheFlip, phases: atTheFlip.phases.map((p, n) => ({ ...p, state: state(n) })) };
};
const wayBack = (as: 'rollback' | 'cancel', phase: Status['phase'], reason: string | null = null): Status => ({
  ...endedIn(phase),
  wayBack: { as, by: as === 'cancel' ? 'workflow cancel' : 'ada', reason, phase, at: '2026-01-01T00:00:00Z' },
});

describe('describeEnding()', () => {
  test('says of a deployment which stack is in service and which is gone', () => {
    assert.equal(
      describeEnding(atTheFlip, { outcome: 'deployed', stranded: null, green: 'deleted' }),
      'Deployed: green (kafka-orders-b) is in service, and blue (kafka-orders-a) was deleted.',
    );
  });

  test('says who rejected the flip, and why', () => {
    const approval = { gate: 'flip', verdict: 'rejected', by: 'grace', reason: 'not today.', at: '' } as const;
    const rejected = { ...endedIn('approval'), approvals: [approval] };
    assert.equal(
      describeEnding(rejected, { outcome: 'rejected', stranded: null, green: 'deleted' }),
      `The flip was rejected by grace: not today. ${undone}`,
    );
  });

  test('says who asked for a rollback, in which phase and why', () => {
    assert.equal(
      describeEnding(wayBack('rollback', 'smoke', 'a bad day'), {
        outcome: 'rolled-back',
        stranded: null,
        green: 'deleted',
      }),
      `A rollback was asked for by ada in smoke: a bad day. ${undone}`,
    );
  });

  test('says that nothing had been changed when green was not begun', () => {
    assert.equal(
      describeEnding(wayBack('cancel', 'preflight'), { outcome: 'cancelled', stranded: null, green: 'deleted' }),
      'The workflow was cancelled in preflight. Nothing had been changed: blue (kafka-orders-a) is in service.',
    );
  });

  test('counts what a rollback left on green, the most first, with the command that deletes it', () => {
    const stranded = { payments: '9', orders: '12345678901234567890' };
    const text = describeEnding(wayBack('rollback', 'drain'), { outcome: 'rolled-back', stranded, green: null });
    assert.match(text, /blue \(kafka-orders-a\) is in service with its own configs\. Green \(kafka-orders-b\) stays/);
    assert.ok(text.includes(command));
    assert.match(text, /12345678901234567899 offsets: orders 12345678901234567890, payments 9\.$/);
  });

  test('never takes what nobody could count for nothing', () => {
    const text = describeEnding(wayBack('rollback', 'settle'), {
      outcome: 'rolled-back',
      stranded: 'unknown',
      green: null,
    });
    assert.match(
      text,
      /The traffic went back.* deleted by somebody .* what was written since the flip is lost with it/,
    );
    assert.doesNotMatch(text, /It took no record|delete-stack/);
  });

  test('says when green took nothing', () => {
    const text = describeEnding(wayBack('cancel', 'flip'), { outcome: 'cancelled', stranded: {}, green: null });
    assert.match(text, /^The workflow was cancelled in flip\. The traffic went back.* It took no record\.$/);
  });

  test('says in which phase a step failed, and that everything was put back', () => {
    assert.equal(
      describeFailure(endedIn('parity'), { reason: 'orders differs', type: null, stranded: null, green: 'deleted' }),
      `The deployment failed in parity: orders differs. ${undone}`,
    );
  });

  for (const [end, left] of [
    ['gone', 'green (kafka-orders-b) does not exist'],
    ['left-alone', "green (kafka-orders-b) is somebody else's stack, and was left alone"],
    [null, 'green (kafka-orders-b) was not made'],
  ] as const)
    test(`says that ${left}, where the undo found it so`, () => {
      assert.equal(
        describeEnding(wayBack('cancel', 'provision'), { outcome: 'cancelled', stranded: null, green: end }),
        `The workflow was cancelled in provision. Everything was undone: blue (kafka-orders-a) is in service as it was found, and ${left}.`,
      );
    });

  for (const [type, reason] of [
    ['BlueChanged', 'The blue stack kafka-orders-a is DELETE_COMPLETE: no traffic is moved.'],
    ['StackGone', 'Stack kafka-orders-a is DELETE_COMPLETE and its cluster does not answer.'],
  ] as const)
    test(`does not say that blue is in service when the failure is that it is not (${type})`, () => {
      assert.equal(
        describeFailure(endedIn('flip'), { reason, type, stranded: null, green: 'deleted' }),
        `The deployment failed in flip: ${reason} What this run had done was undone, and green (kafka-orders-b) was deleted; but blue (kafka-orders-a) was changed or deleted by somebody else: see to it first.`,
      );
    });

  test('says that blue is in service when it was green that is gone', () => {
    const reason = 'Stack kafka-orders-ab is DELETE_COMPLETE and its cluster does not answer.';
    assert.equal(
      describeFailure(endedIn('parity'), { reason, type: 'StackGone', stranded: null, green: 'gone' }),
      `The deployment failed in parity: ${reason} Everything was undone: blue (kafka-orders-a) is in service as it was found, and green (kafka-orders-b) does not exist.`,
    );
  });

  test('stands in the details of the run, with the whole command however many topics there are', () => {
    const stranded = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`t${n}-${'x'.repeat(240)}`, '1']));
    const ending = describeEnding(wayBack('rollback', 'drain', 'y'.repeat(200)), {
      outcome: 'rolled-back',
      stranded,
      green: null,
    });
    const details = renderCurrentDetails({ ...atTheFlip, outcome: 'rolled-back', waitingFor: null, ending });
    assert.match(details, /: rolled-back\*\*\n\nA rollback was asked for by ada in drain/);
    assert.ok(details.includes(command), details);
  });
});
