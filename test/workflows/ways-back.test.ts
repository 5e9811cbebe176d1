import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../contract/report.ts';
import { guarantee } from '../support/guarantee.ts';
import { hourMs, type Met, type Moment, meet, moments, reachedMs } from './moments.ts';
import { type Event, Sandbox } from './sandbox.ts';

const cancel: Event = { at: reachedMs, cancel: true };
const rollback: Event = { at: reachedMs, update: 'rollback', input: { by: 'ada', reason: 'slow' } };

const isWayBack = (m: Moment) => m.phase === 'undo' || m.phase === 'rollback';
/** The step that flips is cut off before it did. */
const beforeFlip = (m: Moment) =>
  m.canGoBack &&
  (['preflight', 'provision', 'parity', 'smoke', 'approval'].includes(m.phase) ||
    m.slow === 'flipRecord' ||
    m.slow === 'flipToHold');
const undone = moments.filter(beforeFlip);
const returned = moments.filter(m => m.canGoBack && !beforeFlip(m));
const accepted = moments.filter(m => /deleteBlue|closeDeployment/.test(m.name));
const tooLate = moments.filter(m => !m.canGoBack && !isWayBack(m) && !accepted.includes(m));

describe('ways back of BlueGreenWorkflow', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  const outcomeOf = ({ trace: { ending } }: Met) =>
    ending.kind === 'completed' ? (ending.result as Report).outcome : ending.kind;

  function assertUndone({ world }: Met, where: string): void {
    assert.deepEqual(
      [world.writers, world.blueFenced, world.blueKept, world.greenStack],
      ['blue', false, false, false],
      where,
    );
    assert.notEqual(world.signpost, 'announced', where);
    assert.deepEqual(world.contradictions(), [], where);
  }

  function assertReturned({ world, trace }: Met, where: string): void {
    assert.deepEqual(
      [world.writers, world.blueFenced, world.blueKept, world.greenStack, world.greenFenced, world.signpost],
      ['blue', false, false, true, true, 'steady'],
      where,
    );
    assert.deepEqual(
      [...new Set(trace.activities)].slice(-4),
      ['holdWrites', 'freezeGreen', 'reopenBlue', 'returnRecord'],
      where,
    );
  }

  for (const moment of undone)
    test(
      ...guarantee(
        { promise: 'undone', fault: `cancelled or taken back ${moment.name}` },
        `${moment.name}: everything is undone`,
        async () => {
          const cancelled = await meet(sandbox, moment, [cancel]);
          assert.equal(outcomeOf(cancelled), 'cancelled');
          assertUndone(cancelled, 'cancelled');
          const takenBack = await meet(sandbox, moment, [rollback]);
          assert.equal(outcomeOf(takenBack), 'rolled-back');
          assertUndone(takenBack, 'taken back');
          assert.deepEqual(takenBack.trace.activities, cancelled.trace.activities);
        },
      ),
    );

  for (const moment of returned)
    test(
      ...guarantee(
        { promise: 'returns', fault: `cancelled or rolled back ${moment.name}` },
        `${moment.name}: the traffic goes back to blue`,
        async () => {
          const cancelled = await meet(sandbox, moment, [cancel]);
          assert.equal(outcomeOf(cancelled), 'cancelled');
          assertReturned(cancelled, 'cancelled');
          const rolledBack = await meet(sandbox, moment, [rollback]);
          assert.equal(outcomeOf(rolledBack), 'rolled-back');
          assertReturned(rolledBack, 'rolled back');
          assert.deepEqual((rolledBack.trace.ending as { result: Report }).result.stranded, { orders: '7' });
        },
      ),
    );

  for (const moment of tooLate)
    test(
      ...guarantee(
        { promise: 'holds', fault: `cancelled ${moment.name}` },
        `${moment.name}: a cancellation is shown, and holds before anything else is given up`,
        async () => {
          const onward: Event[] = [
            ...(moment.waits === 'hold' ? [{ at: reachedMs + hourMs, signal: 'resume', input: { by: 'ada' } }] : []),
            ...(moment.phase === 'decommission'
              ? [{ at: reachedMs + 2 * hourMs, signal: 'approve', input: { by: 'ada', gate: 'decommission' } }]
              : []),
          ];
          const left = await meet(sandbox, moment, [cancel, ...onward], 'left');
          assert.equal(left.trace.ending.kind, 'waiting');
          const { waitingFor } = left.status;
          assert.match(waitingFor?.kind === 'hold' ? waitingFor.reason : '', /was cancelled, and cannot go back/);
          assert.ok(
            left.status.ignored.last.some(
              i => i.message === 'workflow cancel' && /already (released|accepted)/.test(i.why),
            ),
          );
          assert.deepEqual([left.world.writers, left.world.blueStack, left.world.greenStack], ['green', true, true]);
          assert.ok(!left.trace.activities.includes('holdWrites'));

          const resumed = await meet(sandbox, moment, [cancel, ...onward]);
          assert.equal(outcomeOf(resumed), 'deployed', 'goes on when somebody resumes');
        },
      ),
    );

  for (const moment of accepted)
    test(
      ...guarantee(
        { promise: 'deletion', fault: `cancelled ${moment.name}` },
        `${moment.name}: a cancellation is shown, and what was accepted is brought to its end`,
        async () => {
          const met = await meet(sandbox, moment, [cancel]);
          assert.equal(outcomeOf(met), 'deployed');
          assert.match(
            JSON.stringify(met.status.ignored.last),
            /workflow cancel.*The deletion of blue was already accepted/,
          );
        },
      ),
    );

  for (const moment of moments.filter(isWayBack))
    test(
      ...guarantee(
        { promise: 'returns', fault: `cancelled ${moment.name}` },
        `${moment.name}: a cancellation is shown, and the way back goes to its end`,
        async () => {
          const met = await meet(sandbox, moment, [cancel]);
          assert.equal(outcomeOf(met), moment.phase === 'undo' ? 'rejected' : 'rolled-back');
          (moment.phase === 'undo' ? assertUndone : assertReturned)(met, moment.name);
          assert.match(JSON.stringify(met.status.ignored.last), /workflow cancel.*already goes back/);
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'cancelled twice, and a rollback after a cancellation' },
      'the first way back counts, whatever is asked for after it',
      async () => {
        for (const moment of [...undone, ...returned]) {
          const met = await meet(sandbox, moment, [
            cancel,
            { ...rollback, at: reachedMs + 1 },
            { ...cancel, at: reachedMs + 2 },
          ]);
          assert.equal(outcomeOf(met), 'cancelled', moment.name);
          assert.match(met.trace.updates[0]?.answer ?? '', /^refused: The run already goes back/, moment.name);
        }
      },
    ),
  );
});
