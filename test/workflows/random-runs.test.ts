import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { ORDERS } from '../../contract/request.ts';
import { guarantee } from '../support/guarantee.ts';
import { failing, minimalRequest, World, workflowId } from './doubles.ts';
import { type Event, Sandbox } from './sandbox.ts';

const minute = 60_000;

/** Steps whose failure is tried; those of the way back fail once and are tried again after a resume. */
const steps = [
  'createGreenStack',
  'awaitGreenStack',
  'announceDeployment',
  'compareClusters',
  'smokeTest',
  'keepRecords',
  'flipRecord',
  'flipToHold',
  'settle',
  'settleHeld',
  'freeze',
  'openGreen',
  'drainFirstGroup',
  'releaseGroups',
  'moveReaders',
  'proveBlueDrained',
  'deleteBlue',
  'reopenBlue',
  'returnRecord',
  'deleteGreen',
  'freezeGreen',
] as const;

const by = { by: 'ada' };
const event: fc.Arbitrary<Event> = fc
  .record({
    at: fc.integer({ min: 0, max: 240 }).map(n => n * minute),
    what: fc.constantFrom(
      { update: 'approve', input: { ...by, gate: 'flip' } },
      { signal: 'approve', input: { ...by, gate: 'flip' } },
      { signal: 'approve', input: { ...by, gate: 'bake' } },
      { update: 'approve', input: { ...by, gate: 'decommission' } },
      { signal: 'reject', input: by },
      { update: 'reject', input: { ...by, gate: 'decommission' } },
      { update: 'rollback', input: by },
      { signal: 'rollback', input: by },
      { signal: 'resume', input: by },
      { signal: 'pause', input: by },
      { signal: 'waive', input: { ...by, reason: 'r', group: 'g' } },
      { signal: 'nonsense', input: { a: 1 } },
      { update: 'approve', input: 7 },
      { cancel: true as const },
    ),
  })
  .map(({ at, what }) => ({ at, ...what }));

describe('BlueGreenWorkflow in random runs', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  test(
    ...guarantee(
      { promise: 'holds', fault: 'any messages at any time, and a step that fails' },
      'never leaves writers without an open cluster, whatever people send and whichever step fails (400 runs)',
      async () => {
        const outcomes = new Map<string, number>();
        await fc.assert(
          fc.asyncProperty(
            fc.array(event, { maxLength: 12 }),
            fc.option(fc.constantFrom(...steps)),
            fc.boolean(),
            fc.constantFrom(...ORDERS),
            async (sent, broken, goesOn, order) => {
              const world = new World();
              const doubles = world.doubles();
              const persistent: Event[] = goesOn
                ? Array.from({ length: 40 }, (_, i): Event[] => [
                    { at: (250 + 20 * i) * minute, signal: 'resume', input: by },
                    { at: (255 + 20 * i) * minute, signal: 'approve', input: { ...by, gate: 'flip' } },
                    { at: (260 + 20 * i) * minute, signal: 'approve', input: { ...by, gate: 'decommission' } },
                  ]).flat()
                : [];
              const trace = await sandbox.run({
                workflowType: 'BlueGreenWorkflow',
                workflowId,
                input: { ...minimalRequest, order, bake: '10m', keepStopped: '5m' },
                activities: broken === null ? doubles : { ...doubles, [broken]: failing(doubles[broken]) },
                events: [...sent, ...persistent],
              });
              const { ending } = trace;
              const outcome =
                ending.kind === 'completed' ? (ending.result as { outcome: string }).outcome : ending.kind;
              outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
              if (ending.kind !== 'waiting')
                assert.deepEqual(world.contradictions(), [], `${outcome}, ${broken ?? 'nothing'} broken`);
              if (outcome === 'deployed')
                assert.deepEqual([world.writers, world.blueStack, world.greenStack], ['green', false, true]);
              else if (ending.kind !== 'waiting')
                assert.deepEqual([world.writers, world.blueStack, world.blueFenced], ['blue', true, false]);
              if (goesOn && !sent.some(e => 'cancel' in e))
                assert.notEqual(ending.kind, 'waiting', 'somebody who resumes and approves gets to an end');
              assert.ok(world.flips <= 1, 'the record is flipped at most once');
            },
          ),
          { numRuns: 400 },
        );
        for (const reached of ['deployed', 'rejected', 'rolled-back', 'cancelled', 'failed'])
          assert.ok((outcomes.get(reached) ?? 0) > 0, `no run was ${reached}`);
      },
    ),
  );
});
