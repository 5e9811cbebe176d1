import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from './group-journal.ts';

const handling = (value: string, beganMs: number, endedMs = beganMs + 1) => ({ value, partition: 0, beganMs, endedMs });
const clean = { missed: 0, again: 0, reordered: 0, onBoth: 0 };

describe("the judge of a group's handlers", () => {
  it('finds nothing where every record was handled once and in order, blue before green', () => {
    assert.deepEqual(judge([handling('blue 0', 1), handling('blue 1', 3), handling('green 0', 5)], 2, 1), clean);
  });

  it('finds what was missed, handled again, out of order, and on both clusters at the same time', () => {
    assert.deepEqual(judge([handling('blue 0', 1)], 1, 1), { ...clean, missed: 1 });
    assert.deepEqual(judge([handling('blue 0', 1), handling('blue 0', 3)], 1, 0), { ...clean, again: 1 });
    assert.deepEqual(judge([handling('blue 1', 1), handling('blue 0', 3)], 2, 0), { ...clean, reordered: 1 });
    const onBoth = [handling('blue 0', 1, 10), handling('green 0', 5)];
    assert.deepEqual(judge(onBoth, 1, 1), { ...clean, onBoth: 1 });
    assert.deepEqual(judge([handling('green 0', 1), handling('blue 0', 3)], 1, 1), { ...clean, reordered: 1 });
  });
});
