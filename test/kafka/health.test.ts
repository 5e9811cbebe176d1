import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leftoverProblems, partitionProblems } from '../../kafka/health.ts';
import { leftoversOf } from '../../kafka/leftovers.ts';
import { byDefault, inventoryOf, override, partitionOf, topicOf } from './facts.ts';

describe('partitionProblems', () => {
  it('is empty while every partition has an answering leader and all its replicas', () => {
    assert.deepEqual(partitionProblems(inventoryOf({ topics: [topicOf('orders')] })), []);
  });

  it('names partitions without a leader and partitions nobody answered for', () => {
    const partitions = [partitionOf(0, { leader: null, isr: [] }), partitionOf(1, { end: null }), partitionOf(2)];
    const [problem] = partitionProblems(inventoryOf({ topics: [topicOf('orders', { partitions })] }));
    assert.equal(problem?.on, 'topic orders');
    assert.match(problem?.problem ?? '', /no answering leader for partitions 0, 1\./);
  });

  it('names replicas out of sync, and counts what it does not list', () => {
    const partitions = Array.from({ length: 7 }, (_, p) => partitionOf(p, { isr: [1, 2] }));
    const [problem] = partitionProblems(inventoryOf({ topics: [topicOf('orders', { partitions })] }));
    assert.match(problem?.problem ?? '', /out of sync for partitions 0, 1, 2, 3, 4 and 2 more\./);
  });
});

describe('leftovers', () => {
  const left = inventoryOf({
    topics: [
      topicOf('fenced', { configs: { 'max.message.bytes': override('1') } }),
      topicOf('half-fenced', { configs: { 'max.message.bytes': override('78') } }),
      topicOf('small', { configs: { 'max.message.bytes': override('1000') } }),
      topicOf('kept', { configs: { 'retention.ms': override('-1'), 'retention.bytes': override('-1') } }),
      topicOf('archive', { configs: { 'retention.ms': override('-1'), 'retention.bytes': byDefault('-1') } }),
    ],
  });

  it('are fence values beyond doubt, and keep values perhaps', () => {
    assert.deepEqual(
      leftoversOf(left).map(l => `${l.kind} ${l.topic}`),
      ['fence fenced', 'fence half-fenced', 'perhaps-keep kept'],
    );
  });

  it('that nobody can write past are problems, with the command that removes them', () => {
    const problems = leftoverProblems(left);
    assert.deepEqual(
      problems.map(p => p.on),
      ['topic fenced', 'topic half-fenced'],
    );
    assert.match(
      problems[0]?.remedy ?? '',
      /kafka-configs\.sh --bootstrap-server \S+:\d+ --alter .*--entity-name fenced --delete-config max\.message\.bytes/,
    );
  });

  it('are tickets on blue too: a later deployment would read them as its own word to the groups', () => {
    const [problem, ...more] = leftoverProblems(inventoryOf({ topics: [topicOf('_bluegreen'), topicOf('orders')] }));
    assert.deepEqual(more, []);
    assert.equal(problem?.on, 'topic _bluegreen');
    assert.match(problem?.remedy ?? '', /kafka-topics\.sh --bootstrap-server \S+:\d+ --delete --topic _bluegreen$/);
  });
});
