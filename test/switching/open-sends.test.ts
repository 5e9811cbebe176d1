import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { OpenSends, type Round } from '../../switching/src/open-sends.ts';
import { seed } from '../support/seed.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

describe('open sends', () => {
  test('are waited for until all that began before have ended, and not for any that began later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const sends = new OpenSends();
        const open: { readonly nth: number; readonly round: Round }[] = [];
        const waits: { readonly before: number; over: boolean }[] = [];
        let begun = 0;
        for (const one of steps) {
          if (one.kind === 'begin') {
            const { round } = sends;
            round.begin();
            open.push({ nth: begun, round });
            begun += 1;
          } else if (one.kind === 'end') {
            const [ended] = open.splice(one.which % Math.max(1, open.length), 1);
            ended?.round.end();
          } else {
            const wait = { before: begun, over: false };
            waits.push(wait);
            void sends.ended().then(() => {
              wait.over = true;
            });
          }
          await nextTurn();
          for (const { before, over } of waits) assert.equal(over, !open.some(({ nth }) => nth < before));
        }
      }),
      { numRuns: 300, seed },
    );
  });
});
