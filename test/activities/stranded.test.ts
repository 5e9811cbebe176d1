import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mostStranded, strandedOffsets } from '../../activities/stranded.ts';

const topic = (name: string, counts: readonly number[]) => ({
  topic: name,
  frozenAt: '2026-01-01T00:00:00Z',
  partitions: counts.map((count, partition) => ({
    partition,
    leader: 1,
    leaderEpoch: 1,
    start: '5',
    end: String(5 + count),
  })),
});
const sumOf = (stranded: Readonly<Record<string, string>>) =>
  Object.values(stranded).reduce((sum, count) => sum + BigInt(count), 0n);

describe('strandedOffsets()', () => {
  test('counts from log start to frozen end, the most first, and leaves out what is empty', () => {
    const topics = [topic('audit', [0, 0]), topic('orders', [3, 4]), topic('payments', [20]), topic('billing', [7])];
    const stranded = strandedOffsets({ clusterId: 'b', topics });
    assert.deepEqual(Object.entries(stranded), [
      ['payments', '20'],
      ['billing', '7'],
      ['orders', '7'],
    ]);
  });
});

describe('mostStranded()', () => {
  test('leaves a hundred topics alone', () => {
    const topics = Array.from({ length: 100 }, (_, i) => topic(`orders-${i}`, [i + 1]));
    const stranded = strandedOffsets({ clusterId: 'b', topics });
    assert.equal(mostStranded(stranded), stranded);
  });

  test('names those that hold most of 2,000 and sums up the others, within 32 KB', () => {
    const topics = Array.from({ length: 2_000 }, (_, i) => topic(`${i}-`.padEnd(249, 'x'), [i + 1]));
    const stranded = strandedOffsets({ clusterId: 'b', topics });
    const most = mostStranded(stranded);
    assert.equal(sumOf(most), sumOf(stranded));
    assert.equal(Object.keys(most).length, 101);
    assert.ok('(1900 other topics)' in most);
    assert.ok(Buffer.byteLength(JSON.stringify(most)) <= 32 * 1024);
  });
});
