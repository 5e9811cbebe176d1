import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, formatRoughly, parseDuration } from '../../contract/duration.ts';

describe('parseDuration()', () => {
  test('reads what formatDuration() writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 86_400_000 }), ms => parseDuration(formatDuration(ms)) === ms),
    );
  });

  for (const text of ['', '5', 's', '-5s', '1.5h', '5 parsecs', '400d', '1e3s', '99999999999s'])
    test(`refuses "${text}"`, () => assert.equal(parseDuration(text), null));
});

describe('formatRoughly()', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [100_000, '100s'],
    [840_001, '15m'],
    [7_200_000, '2h'],
    [604_800_001, '8d'],
  ] as const)
    test(`says ${text} of ${ms} ms, never less than it is`, () => assert.equal(formatRoughly(ms), text));
});
