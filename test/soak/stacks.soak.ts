/** Stacks that somebody deletes by hand under a running deployment, in the moments that cost a whole cluster to try. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { Holds } from '../e2e/holds.ts';
import { guarantee } from '../support/guarantee.ts';

interface Case {
  readonly promise: 'holds' | 'undone';
  readonly fault: string;
  readonly stack: string;
  readonly title: string;
  /** Brings the run to where the stack is deleted, and what makes it notice after that. */
  readonly before: (operator: Operator) => Promise<unknown>;
  readonly after: (operator: Operator) => Promise<unknown>;
  readonly ends: (operator: Operator, holds: Holds) => Promise<string>;
  readonly sentence: RegExp;
  /** How the run comes to its end from there. */
  readonly goesOn?: (operator: Operator, eyes: Eyes) => Promise<void>;
}

const waitingForFlip = (operator: Operator) =>
  operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
const nothing = async () => {};

const cases: readonly Case[] = [
  {
    promise: 'undone',
    fault: 'blue is deleted by hand while the flip waits for its approval',
    stack: BLUE,
    title: 'A blue that somebody deleted before the flip is named, and no traffic is moved',
    before: waitingForFlip,
    after: operator => operator.tell('approve', { gate: 'flip' }),
    ends: async operator => (await operator.failure()).message,
    sentence: /The blue stack kafka-orders-a is DELETE_COMPLETE: .* no traffic is moved\./,
  },
  {
    promise: 'holds',
    fault: 'green is deleted by hand after the flip',
    stack: GREEN,
    title:
      'A green that somebody deleted after the flip holds the run, named; a rollback opens blue again once somebody answers for what green had',
    before: async operator => {
      await operator.approve('flip');
      await operator.until('writers are waited for', s => s.phase === 'settle');
    },
    after: nothing,
    ends: (_, holds) => holds.next(),
    sentence: /^Stack kafka-orders-b is DELETE_COMPLETE and its cluster does not answer/,
    goesOn: async (operator, eyes) => {
      await operator.tell('rollback', {});
      const { waitingFor } = await operator.until(
        'the rollback holds',
        s => s.phase === 'rollback' && s.waitingFor?.kind === 'hold',
      );
      assert.match(waitingFor?.kind === 'hold' ? waitingFor.reason : '', /answers for that: waive topic \*/);
      await operator.tell('waive', { topic: '*', reason: 'the stack was deleted by mistake' });
      const report = await operator.handle.result();
      assert.equal(report.outcome, 'rolled-back');
      assert.equal(report.stranded, 'unknown');
      assert.match(report.ending ?? '', /was deleted by somebody while it carried the traffic/);
      await eyes.write(BLUE, 'payments', 1);
      const signpost = await eyes.signpost();
      assert.deepEqual([signpost?.['by'], signpost?.['drain']], ['-', '-']);
    },
  },
  {
    promise: 'holds',
    fault: 'blue is deleted by hand before its deletion was approved',
    stack: BLUE,
    title: 'A blue that somebody deleted before its deletion was approved holds the run, named',
    before: async operator => {
      await operator.approve('flip');
      await operator.until(
        'the deletion waits for its approval',
        s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
      );
    },
    after: operator => operator.tell('approve', { gate: 'decommission' }),
    ends: (_, holds) => holds.next(),
    sentence: /^Stack kafka-orders-a is DELETE_COMPLETE and its cluster does not answer/,
  },
];

describe('a stack that is deleted by hand', () => {
  for (const { promise, fault, stack, title, before, after, ends, sentence, goesOn } of cases)
    test(
      ...guarantee({ promise, fault }, title, async () => {
        const local = await startLocal();
        const eyes = new Eyes(local);
        const operator = await Operator.connect(local);
        try {
          await bringUpBlue(local);
          await local.startWorker();
          await operator.start(request);
          await before(operator);
          await eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: stack }));
          await until(`${stack} is gone`, async () => (await eyes.stackStatus(stack)) === 'absent', {
            withinMs: 60_000,
          });
          await after(operator);
          assert.match(await ends(operator, new Holds(operator, local)), sentence);
          await goesOn?.(operator, eyes);
        } finally {
          await operator.close();
          eyes.close();
          await local.stop();
        }
      }),
    );
});
