import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../../contract/messages.ts';
import { GATES, PHASES } from '../../contract/phases.ts';
import { decide, type GateState, initialGates, type Position, rollbackRefusal } from '../../workflows/gates.ts';

const at = '2026-01-01T00:00:00.000Z';
const rules = { requestedBy: 'ada', notRequester: false, order: 'per-producer' } as const;

const person = fc.constantFrom('ada', 'grace', 'ci');
const gate = fc.constantFrom(...GATES);
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ name: fc.constant('approve' as const), by: person, gate, reason: fc.constant(undefined) }),
  fc.record({ name: fc.constant('reject' as const), by: person, gate, reason: fc.constant(undefined) }),
  fc.record({ name: fc.constant('rollback' as const), by: person, reason: fc.constant('slow') }),
  fc.record({ name: fc.constant('resume' as const), by: person, reason: fc.constant(undefined) }),
  fc.record({ name: fc.constant('pause' as const), by: person, reason: fc.constant(undefined) }),
  fc.record({
    name: fc.constant('waive' as const),
    by: person,
    reason: fc.constant('old'),
    group: fc.constantFrom('a', 'b'),
  }),
);

type Step = { readonly message: Message } | { readonly world: Partial<GateState> };

const positions: readonly Position[] = [
  'before-flip',
  'flipped',
  'released',
  'stopping',
  'deleting',
  'going-back',
  'ended',
];
const worldSteps: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...PHASES).map(phase => ({ world: { phase } })),
  fc.constantFrom(...positions).map(position => ({ world: { position } })),
  gate.map(g => ({ world: { waiting: { kind: 'gate' as const, gate: g, since: at, deadline: null } } })),
  fc.constant({ world: { waiting: { kind: 'hold' as const, phase: 'freeze' as const, since: at, reason: 'x' } } }),
  fc.constant({ world: { waiting: { kind: 'nothing' as const } } }),
);
const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: messages.map(message => ({ message })) }, { weight: 1, arbitrary: worldSteps }),
  {
    maxLength: 25,
  },
);

describe('decide()', () => {
  test('keeps its promises in 10,000 random runs of messages and events', () => {
    fc.assert(
      fc.property(steps, run => {
        let state = initialGates;
        for (const step of run) {
          if ('world' in step) {
            state = { ...state, ...step.world };
            continue;
          }
          const before = state;
          const verdict = decide(state, step.message, rules, at);
          assert.ok(verdict.sentence.length > 0);
          if (verdict.kind === 'refused') continue;
          state = verdict.state;
          assert.notEqual(before.position, 'ended', 'nothing is accepted after the end');
          assert.equal(state.position, before.position, 'no message moves the traffic by itself');
          assert.equal(state.phase, before.phase, 'no message moves the run to another phase');
          if (step.message.name === 'rollback')
            assert.ok(before.position === 'before-flip' || before.position === 'flipped');
          if (step.message.name === 'approve' || step.message.name === 'reject')
            assert.ok(
              (before.waiting.kind === 'gate' && before.waiting.gate === step.message.gate) ||
                (step.message.name === 'reject' && before.phase === 'decommission' && before.position !== 'deleting'),
              'only an open gate is judged, or rejected what was approved and has not begun',
            );
          if (before.wayBack !== null) assert.deepEqual(state.wayBack, before.wayBack, 'a way back is never replaced');
          assert.ok(state.approvals.length - before.approvals.length <= 1);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  test('takes a waiver of a whole cluster in a rollback, or where blue is looked at after the flip, and only there', () => {
    const inRollback: GateState = { ...initialGates, phase: 'rollback', position: 'going-back' };
    const verdict = (state: GateState, topic: string) =>
      decide(state, { name: 'waive', by: 'ada', reason: 'deleted by mistake', topic }, rules, at);
    assert.equal(verdict(inRollback, '*').kind, 'accepted');
    assert.match(verdict(inRollback, 'orders').sentence, /^In a rollback only topic \* can be waived/);
    const inDecommission: GateState = { ...initialGates, phase: 'decommission', position: 'released' };
    assert.equal(
      verdict(inDecommission, '*').kind,
      'accepted',
      'what blue held, when somebody deleted it after the release',
    );
    assert.match(verdict(inDecommission, 'orders').sentence, /^Waivers count from settle to release/);
    for (const phase of ['settle', 'freeze', 'drain'] as const)
      assert.equal(verdict({ ...initialGates, phase, position: 'flipped' }, '*').kind, 'accepted', phase);
    const inSmoke: GateState = { ...initialGates, phase: 'smoke' };
    assert.match(verdict(inSmoke, '*').sentence, /^Waivers count from settle to release/);
    const inBake: GateState = { ...initialGates, phase: 'bake', position: 'released' };
    assert.match(verdict(inBake, '*').sentence, /^In bake only a group can be waived/);
  });

  test('takes the waiver of a group in bake, where it can be behind on green, and of nothing else', () => {
    const inBake: GateState = { ...initialGates, phase: 'bake', position: 'released' };
    const waive = (what: { readonly group: string } | { readonly topic: string }) =>
      decide(inBake, { name: 'waive', by: 'ada', reason: 'it never comes back', ...what }, rules, at);
    assert.equal(waive({ group: 'billing' }).kind, 'accepted');
    assert.match(waive({ topic: 'orders' }).sentence, /^In bake only a group can be waived/);
  });

  test('says of a rollback where the traffic ends, also where only the step knows whether the flip was carried out', () => {
    const rollback: Message = { name: 'rollback', by: 'ada', reason: undefined };
    const said = (state: Partial<GateState>) => decide({ ...initialGates, ...state }, rollback, rules, at).sentence;
    assert.match(said({ phase: 'smoke' }), /: everything is undone$/);
    assert.match(
      said({ phase: 'flip' }),
      /: everything is undone, or, if the flip was carried out already, the traffic/,
    );
    assert.match(said({ phase: 'drain', position: 'flipped' }), /: the traffic goes back to blue$/);
  });

  test('says that the run has ended before anything else, also when it went back', () => {
    const wayBack = { as: 'rollback', by: 'ada', reason: null, phase: 'flip', at } as const;
    assert.equal(rollbackRefusal({ ...initialGates, wayBack, position: 'ended' }), 'The run has ended.');
  });

  test('changes nothing when the same waiver arrives twice', () => {
    const state: GateState = { ...initialGates, phase: 'drain', position: 'flipped' };
    const waive: Message = { name: 'waive', by: 'ada', reason: 'old', group: 'reports' };
    const first = decide(state, waive, rules, at);
    assert.ok(first.kind === 'accepted');
    assert.equal(decide(first.state, waive, rules, at).kind, 'refused');
  });

  test('lets nobody approve their own request when the request says so', () => {
    const state: GateState = {
      ...initialGates,
      phase: 'approval',
      waiting: { kind: 'gate', gate: 'flip', since: at, deadline: null },
    };
    const approve = (by: string): Message => ({ name: 'approve', by, gate: 'flip', reason: undefined });
    assert.equal(decide(state, approve('ada'), { ...rules, notRequester: true }, at).kind, 'refused');
    assert.equal(decide(state, approve('grace'), { ...rules, notRequester: true }, at).kind, 'accepted');
  });

  test('refuses a pause between settle and release, where writers would be left between the clusters', () => {
    for (const phase of ['settle', 'freeze', 'drain', 'release'] as const) {
      const verdict = decide(
        { ...initialGates, phase, position: 'flipped' },
        { name: 'pause', by: 'ada', reason: undefined },
        rules,
        at,
      );
      assert.equal(verdict.kind, 'refused');
    }
  });

  test('refuses a pause in the flip with order total, where it would leave every library producer waiting', () => {
    const inFlip: GateState = { ...initialGates, phase: 'flip' };
    const pause: Message = { name: 'pause', by: 'ada', reason: undefined };
    assert.equal(decide(inFlip, pause, rules, at).kind, 'accepted');
    const verdict = decide(inFlip, pause, { ...rules, order: 'total' }, at);
    assert.match(verdict.sentence, /^A pause after this flip would leave every library producer waiting/);
    assert.equal(verdict.kind, 'refused');
  });

  test('takes a rejection of the deletion until blue is being deleted, and says otherwise why it comes too late or changes nothing', () => {
    const approvals = [{ gate: 'decommission', verdict: 'approved', by: 'grace', reason: null, at }] as const;
    const stopping: GateState = { ...initialGates, phase: 'decommission', position: 'stopping', approvals };
    const reject: Message = { name: 'reject', by: 'ada', gate: 'decommission', reason: undefined };
    const first = decide(stopping, reject, rules, at);
    assert.ok(first.kind === 'accepted');
    assert.deepEqual(first.state.approvals.at(-1)?.verdict, 'rejected');
    const hold = { kind: 'hold', phase: 'decommission', since: at, reason: 'x' } as const;
    for (const [state, why] of [
      [first.state, /already rejected by ada: the run holds before it/],
      [{ ...stopping, waiting: hold }, /deletes nothing before somebody resumes/],
      [{ ...stopping, position: 'deleting' }, /has begun/],
      [{ ...stopping, phase: 'bake', position: 'released' }, /^Nothing waits for an approval of decommission/],
      [{ ...stopping, position: 'released', approvals: [] }, /^Nothing waits for an approval of decommission/],
    ] as const)
      assert.match(decide(state, reject, rules, at).sentence, why);
    const resumed = decide(first.state, { name: 'resume', by: 'grace', reason: undefined }, rules, at);
    assert.ok(resumed.kind === 'accepted' && resumed.state.deletionRejected === null);
  });

  test('says why a rollback is refused in every position where it is', () => {
    for (const position of positions) {
      const refusal = rollbackRefusal({ ...initialGates, position });
      if (position === 'before-flip' || position === 'flipped') assert.equal(refusal, null);
      else assert.match(refusal ?? '', /\.$/);
    }
  });
});
