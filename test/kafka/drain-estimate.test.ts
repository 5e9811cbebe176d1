import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drainNotes, type GroupsSample } from '../../kafka/drain-estimate.ts';
import { groupOf, partitionOf, topicOf } from './facts.ts';

const HOUR_MS = 3_600_000;
const topics = [topicOf('orders', { partitions: [partitionOf(0, { end: '1000000' }), partitionOf(1, { end: null })] })];
const moving = new Set(['billing', 'audit']);

function sample(atMs: number, commits: Readonly<Record<string, readonly string[]>>): GroupsSample {
  const groups = Object.entries(commits).map(([group, offsets]) =>
    groupOf(group, { commits: offsets.map((offset, partition) => ({ topic: 'orders', partition, offset })) }),
  );
  return { atMs, groups };
}

const notes = (before: GroupsSample, after: GroupsSample, deadlineMs = HOUR_MS) =>
  drainNotes(moving, topics, before, after, deadlineMs);

describe('the estimate of a drain', () => {
  it('names a group that would need longer for its backlog than the drain may take', () => {
    const [note, ...more] = notes(sample(0, { billing: ['0'] }), sample(2_000, { billing: ['200'] }));
    assert.deepEqual(more, []);
    // 999,800 records at 100 a second.
    assert.match(
      note ?? '',
      /^Group billing is 999800 records behind and reads about 100\.0 a second now: it would need some 167 min .* drain\.deadline is 1h\./,
    );
    assert.deepEqual(notes(sample(0, { billing: ['0'] }), sample(2_000, { billing: ['200'] }), 3 * HOUR_MS), []);
  });

  it('names the slowest first', () => {
    const found = notes(sample(0, { billing: ['0'], audit: ['0'] }), sample(1_000, { billing: ['50'], audit: ['10'] }));
    assert.deepEqual(
      found.map(note => note.split(' ')[1]),
      ['audit', 'billing'],
    );
  });

  it('says nothing of what it cannot know: a group without progress, a new one, one that went back, one that does not move', () => {
    const before = sample(0, { billing: ['100'], other: ['0'] });
    assert.deepEqual(notes(before, sample(1_000, { billing: ['100'] })), [], 'no commit in between');
    assert.deepEqual(notes(before, sample(1_000, { billing: ['40'] })), [], 'a commit that went back');
    assert.deepEqual(notes(before, sample(1_000, { audit: ['10'] })), [], 'not seen before');
    assert.deepEqual(notes(before, sample(1_000, { other: ['10'] })), [], 'does not move');
    assert.deepEqual(notes(before, sample(0, { billing: ['200'] })), [], 'no time in between');
  });

  it('counts no backlog where the end is unknown', () => {
    const found = notes(sample(0, { billing: ['999990', '0'] }), sample(1_000, { billing: ['999991', '5'] }), 1);
    assert.match(found[0] ?? '', /^Group billing is 9 records behind/);
  });
});
