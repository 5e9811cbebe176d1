import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitCodeOf } from '../../client/exit-codes.ts';
import type { Outcome } from '../../contract/phases.ts';

const codes: Readonly<Record<Outcome, number>> = {
  deployed: 0,
  failed: 1,
  cancelled: 1,
  rejected: 3,
  'rolled-back': 4,
};

describe('exitCodeOf()', () => {
  for (const [outcome, code] of Object.entries(codes) as [Outcome, number][])
    test(`of a run that ended ${outcome} is ${code}`, () => assert.equal(exitCodeOf(outcome), code));
});
