import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { movement } from '../../kafka/movement.ts';

test('A topic that grew has moved, with its rate', () => {
  const moved = movement(
    { atMs: 0, ends: { slow: ['5', '5'], fast: ['0'], still: ['9'] } },
    { atMs: 2_000, ends: { slow: ['6', '6'], fast: ['100'], still: ['9'] } },
  );
  assert.deepEqual(moved, [
    { topic: 'fast', kind: 'moved', records: '100', partitions: 1, perSecond: 50 },
    { topic: 'slow', kind: 'moved', records: '2', partitions: 2, perSecond: 1 },
    { topic: 'still', kind: 'quiet' },
  ]);
});

test('A topic or partition that appears is not quiet, and one that is gone is unknown', () => {
  const moved = movement(
    { atMs: 0, ends: { wider: ['0'], gone: ['1'] } },
    { atMs: 1_000, ends: { wider: ['0', '0'], young: ['0'] } },
  );
  assert.deepEqual(
    moved.map(m => [m.topic, m.kind]),
    [
      ['gone', 'unknown'],
      ['wider', 'appeared'],
      ['young', 'appeared'],
    ],
  );
});

test('Quiet means: every partition seen twice at the same end', () => {
  const end = fc.option(fc.integer({ min: 0, max: 2 }).map(String));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(end, end), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -1, max: 2 }),
      (pairs, seconds) => {
        const [m] = movement(
          { atMs: 5_000, ends: { t: pairs.map(([before]) => before) } },
          { atMs: 5_000 + seconds * 1_000, ends: { t: pairs.map(([, after]) => after) } },
        );
        const still = seconds > 0 && pairs.every(([before, after]) => before !== null && before === after);
        assert.equal(m?.kind === 'quiet', still);
      },
    ),
  );
});
