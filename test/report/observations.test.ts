import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { attentionLine, describeObservation } from '../../report/observations.ts';

describe('describeObservation()', () => {
  test('names stragglers with their rate, and says what to do while it costs nothing', () => {
    const sentence = describeObservation({
      kind: 'stragglers',
      topics: [
        { topic: 'orders', perSecond: 12.5 },
        { topic: 'audit', perSecond: 1 },
      ],
    });
    assert.match(sentence, /^Still written on blue: orders \(12\.5\/s\), audit \(1\/s\)\. Restart these producers now/);
  });

  test('says why a group never finishes and both ways out', () => {
    const sentence = describeObservation({ kind: 'never-finishes', groups: [{ group: 'billing', why: 'no members' }] });
    assert.match(sentence, /billing \(no members\)\. Start its consumers on blue, or waive it\./);
  });

  test('says who may be restarted', () => {
    assert.match(describeObservation({ kind: 'restart-now', groups: ['billing'] }), /^Restart now: billing\./);
  });

  test('names ten and counts the others', () => {
    const groups = Array.from({ length: 2_000 }, (_, i) => `group-${i}`);
    const sentence = describeObservation({ kind: 'restart-now', groups });
    assert.match(sentence, /group-9 and 1990 more\./);
    assert.ok(!sentence.includes('group-10,'));
  });
});

describe('attentionLine()', () => {
  test('is null for what is no observation, and never throws', () => {
    fc.assert(
      fc.property(fc.anything(), candidate => {
        const line = attentionLine(candidate);
        assert.ok(line === null || typeof line === 'string');
      }),
      { numRuns: 2_000 },
    );
    for (const candidate of [
      null,
      7,
      {},
      { kind: 'toString' },
      { kind: 'stragglers' },
      { kind: 'stragglers', topics: 1 },
    ])
      assert.equal(attentionLine(candidate), null);
  });
});
