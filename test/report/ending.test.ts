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
      describeEnding(atTheFlip, { outcome: 'deployed', stranded: null }),
      'Deployed: green (kafka-orders-b) is in service, and blue (kafka-orders-a) was deleted.',
    );
  });

  test('says who rejected the flip, and why', () => {
    const approval = { gate: 'flip', verdict: 'rejected', by: 'grace', reason: 'not today.', at: '' } as const;
    const rejected = { ...endedIn('approval'), approvals: [approval] };
    assert.equal(
      describeEnding(rejected, { outcome: 'rejected', stranded: null }),
      `The flip was rejected by grace: not today. ${undone}`,
    );
  });

  test('says who asked for a rollback, in which phase and why', () => {
    assert.equal(
      describeEnding(wayBack('rollback', 'smoke', 'a bad day'), { outcome: 'rolled-back', stranded: null }),
      `A rollback was asked for by ada in smoke: a bad day. ${undone}`,
    );
  });

  test('says that nothing had been changed when green was not begun', () => {
    assert.equal(
      describeEnding(wayBack('cancel', 'preflight'), { outcome: 'cancelled', stranded: null }),
      'The workflow was cancelled in preflight. Nothing had been changed: blue (kafka-orders-a) is in service.',
    );
  });

  test('counts what a rollback left on green, the most first, with the command that deletes it', () => {
    const stranded = { payments: '9', orders: '12345678901234567890' };
    const text = describeEnding(wayBack('rollback', 'drain'), { outcome: 'rolled-back', stranded });
    assert.match(text, /blue \(kafka-orders-a\) is in service with its own configs\. Green \(kafka-orders-b\) stays/);
    assert.ok(text.includes(command));
    assert.match(text, /12345678901234567899 offsets: orders 12345678901234567890, payments 9\.$/);
  });

  test('never takes what nobody could count for nothing', () => {
    const text = describeEnding(wayBack('rollback', 'settle'), { outcome: 'rolled-back', stranded: 'unknown' });
    assert.match(
      text,
      /The traffic went back.* deleted by somebody .* what was written since the flip is lost with it/,
    );
    assert.doesNotMatch(text, /It took no record|delete-stack/);
  });

  test('says when green took nothing', () => {
    const text = describeEnding(wayBack('cancel', 'flip'), { outcome: 'cancelled', stranded: {} });
    assert.match(text, /^The workflow was cancelled in flip\. The traffic went back.* It took no record\.$/);
  });

  test('says in which phase a step failed, and that everything was put back', () => {
    assert.equal(
      describeFailure(endedIn('parity'), 'orders differs', null),
      `The deployment failed in parity: orders differs. ${undone}`,
    );
  });

  test('stands in the details of the run, with the whole command however many topics there are', () => {
    const stranded = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`t${n}-${'x'.repeat(240)}`, '1']));
    const ending = describeEnding(wayBack('rollback', 'drain', 'y'.repeat(200)), { outcome: 'rolled-back', stranded });
    const details = renderCurrentDetails({ ...atTheFlip, outcome: 'rolled-back', waitingFor: null, ending });
    assert.match(details, /: rolled-back\*\*\n\nA rollback was asked for by ada in drain/);
    assert.ok(details.includes(command), details);
  });
});
