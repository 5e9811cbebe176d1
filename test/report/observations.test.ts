import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeObservation } from '../../report/observations.ts';

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

  test('names who writes while writers hold, on which cluster, to how many partitions and how fast', () => {
    const sentence = describeObservation({
      kind: 'written-while-held',
      topics: [
        { topic: 'orders', cluster: 'blue', partitions: 3, perSecond: 12.5 },
        { topic: 'audit', cluster: 'green', partitions: 1, perSecond: 1 },
      ],
    });
    assert.match(
      sentence,
      /^Written while writers hold: orders on blue \(3 partitions, 12\.5\/s\), audit on green \(1 partition, 1\/s\)\. Stop these/,
    );
  });

  test('says why a group never finishes and both ways out', () => {
    const sentence = describeObservation({ kind: 'never-finishes', groups: [{ group: 'billing', why: 'no members' }] });
    assert.match(sentence, /billing \(no members\)\. Start its consumers on blue, or waive it\./);
  });

  test('says what a freeze waits for, and what ends it', () => {
    const topics = [{ topic: 'orders', why: 'partition 0: it has no leader' }];
    assert.equal(
      describeObservation({ kind: 'not-frozen', cluster: 'green', topics }),
      'Fenced on green, and not frozen yet: orders (partition 0: it has no leader). See that every broker of green runs, and stop the producers of transactions that stay open.',
    );
  });

  test('says who has to be started on green, and what waits for them', () => {
    const sentence = describeObservation({ kind: 'not-on-green', groups: ['billing'] });
    assert.match(
      sentence,
      /: billing\. Start them, so that they read on; .*bake does not end\. .* or waive the group\.$/,
    );
  });

  test('says who may be restarted', () => {
    assert.match(describeObservation({ kind: 'restart-now', groups: ['billing'] }), /^Restart now: billing\./);
  });
});
