import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apart, inOrderOfService } from './faults/service-order.ts';
import { judge, mostMoves, recordName, type ServedLog, valueOf } from './judge.ts';

const records = (...sequences: number[]) =>
  sequences.map((sequence, offset) => ({
    partition: 0,
    offset: String(offset),
    key: 'key',
    value: valueOf('one', sequence),
  }));
const acknowledged = (...sequences: number[]) => sequences.map(n => [recordName('key', 'one', n), n] as const);
const served = (...logs: number[][]): ServedLog[] =>
  logs.map((sequences, at) => ({ cluster: String(at), records: records(...sequences) }));
const harm = (sequences: number[], logs: readonly ServedLog[]) => {
  const { lost, doubled, reordered, inLogs } = judge(acknowledged(...sequences), logs);
  return { lost, doubled, reordered, unacknowledged: inLogs.unacknowledged };
};
const CLEAN = { lost: 0, doubled: 0, reordered: 0, unacknowledged: 0 };

describe('the verdict on a load', () => {
  test('is clean where each log goes on from the one before', () => {
    assert.deepEqual(harm([0, 1, 2], served([0, 1], [2])), CLEAN);
  });

  test('names what was acknowledged and is nowhere, what is there twice, what is early, and what nobody was told of', () => {
    assert.deepEqual(harm([0, 1, 2, 3], served([0], [3, 2, 0, 4])), {
      lost: 1,
      doubled: 1,
      reordered: 1,
      unacknowledged: 1,
    });
  });

  test('takes a record of somebody else for foreign', () => {
    const log = { cluster: 'blue', records: [{ partition: 0, key: 'key', value: 'what is this' }] };
    assert.equal(judge([], [log]).foreign, 1);
  });

  test('holds a cluster that serves twice to the order of its two times', () => {
    const logs = { blue: records(0, 1, 4), green: records(2, 3) };
    const left = [
      { side: 'blue', ends: new Map([[0, 2n]]) },
      { side: 'green', ends: new Map([[0, 2n]]) },
    ] as const;
    assert.deepEqual(harm([0, 1, 2, 3, 4], inOrderOfService(left, logs)), CLEAN);
    assert.equal(harm([0, 1, 2, 3, 4], inOrderOfService([], logs)).reordered, 1);
    const late = { blue: records(0, 3, 4), green: records(1, 2) };
    assert.equal(harm([0, 1, 2, 3, 4], inOrderOfService(left, late)).reordered, 1);
  });

  test('holds logs that were written at the same time to their own order alone', () => {
    assert.deepEqual(harm([0, 1, 2, 3], apart({ blue: records(0, 3), green: records(1, 2) })), CLEAN);
    assert.equal(harm([0, 1, 2, 3], apart({ blue: records(3, 0), green: records(1, 2) })).reordered, 1);
    assert.equal(harm([0, 1, 2, 3], apart({ blue: records(0, 3), green: records(1, 2, 3) })).doubled, 1);
  });
});

test('counts how often a key goes over from one log to another', () => {
  assert.equal(mostMoves([records(0, 1), records(2, 3)]), 1);
  assert.equal(mostMoves([records(0, 3, 4), records(1, 2)]), 2);
  assert.equal(mostMoves([records(0, 2, 4), records(1, 3)]), 4);
  assert.equal(mostMoves([[], []]), 0);
});
