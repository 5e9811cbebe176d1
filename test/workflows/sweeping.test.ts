/** What the drain keeps over a hold, and what it does once more after one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { StepInput } from '../../contract/activities.ts';
import type { EvidenceRef } from '../../contract/evidence.ts';
import { evidence, minimalRequest, World, workflowId } from './doubles.ts';
import { type Event, Sandbox, type Trace } from './sandbox.ts';

const hours = 3_600_000;
const approveFlip: Event = { at: 1 * hours, update: 'approve', input: { by: 'grace', gate: 'flip' } };
const resume: Event = { at: 2 * hours, update: 'resume', input: { by: 'ada' } };
const waiveTopic = { update: 'waive', input: { by: 'ada', reason: 'its owner deleted it', topic: 'scratch' } } as const;
const approveDeletion: Event = { at: 10 * hours, update: 'approve', input: { by: 'grace', gate: 'decommission' } };

describe('A drain that held', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  /** A deployment whose release fails once with this type, and is resumed an hour later. */
  async function releaseFailsOnce(
    type: string,
    carried: object,
  ): Promise<{ readonly trace: Trace; readonly inputs: readonly StepInput[] }> {
    const inputs: StepInput[] = [];
    const world = new World();
    const doubles = world.doubles();
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: minimalRequest,
      events: [approveFlip, resume, approveDeletion],
      activities: {
        ...doubles,
        releaseGroups: (input: StepInput, call) => {
          inputs.push(input);
          if (inputs.length > 1) return doubles.releaseGroups(input as never, call);
          throw ApplicationFailure.create({ message: 'in doubt', type, nonRetryable: true, details: [carried] });
        },
      },
    });
    assert.equal(trace.ending.kind, 'completed', JSON.stringify(trace.ending));
    return { trace, inputs };
  }

  test('goes on from the newest ledger, so that what was sealed before stays sealed', async () => {
    const newest: EvidenceRef = { ...evidence, sha256: 'cd'.repeat(32) };
    const { inputs } = await releaseFailsOnce('DrainDeadline', { ledger: newest });
    assert.deepEqual(
      inputs.map(i => i.deployment.evidence.ledger?.sha256),
      [evidence.sha256, newest.sha256],
    );
  });

  for (const type of ['FrozenEndMoved', 'FenceOpen'])
    test(`because of ${type} fences and freezes blue again, once, before it sweeps on`, async () => {
      const { trace } = await releaseFailsOnce(type, {});
      const around = trace.activities.filter(name => name === 'freeze' || name === 'releaseGroups');
      assert.deepEqual(around, ['freeze', 'releaseGroups', 'freeze', 'releaseGroups']);
    });

  test('freezes once more without a topic that was waived before', async () => {
    const frozenWith: StepInput[] = [];
    const doubles = new World().doubles();
    let failures = 0;
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: minimalRequest,
      events: [approveFlip, { ...waiveTopic, at: 2 * hours }, { ...resume, at: 3 * hours }, approveDeletion],
      activities: {
        ...doubles,
        freeze: (input: StepInput, call) => {
          frozenWith.push(input);
          return doubles.freeze(input as never, call);
        },
        releaseGroups: (input: StepInput, call) => {
          const type = ['TopicDeleted', 'FenceOpen'][failures];
          if (type === undefined) return doubles.releaseGroups(input as never, call);
          failures += 1;
          throw ApplicationFailure.create({ message: 'somebody was there', type, nonRetryable: true });
        },
      },
    });
    assert.equal(trace.ending.kind, 'completed', JSON.stringify(trace.ending));
    assert.deepEqual(
      frozenWith.map(input => input.waivers.map(w => `${w.kind} ${w.name}`)),
      [[], ['topic scratch']],
    );
  });

  test('for anything else leaves the frozen ends as they are', async () => {
    const { trace } = await releaseFailsOnce('GroupSplit', {});
    assert.equal(trace.activities.filter(name => name === 'freeze').length, 1);
  });
});
