import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesPerSecond, growthNotes } from '../../kafka/keep-growth.ts';
import { inventoryOf, partitionOf, topicOf } from './facts.ts';

const HOUR_MS = 3_600_000;
const orders = topicOf('orders', {
  partitions: [
    partitionOf(0, { replicas: [1, 2], start: '100', end: '200', sizeBytes: '50000' }),
    partitionOf(1, { replicas: [2, 3], start: '0', end: '100', sizeBytes: '50000' }),
  ],
});
const at = (atMs: number, ...ends: (string | null)[]) => ({ atMs, ends: { orders: ends } });

describe('growth under keep', () => {
  it('counts every replica, at the size that records have had so far', () => {
    const rates = bytesPerSecond(inventoryOf({ topics: [orders] }), at(0, '200', '100'), at(2_000, '240', '140'));
    // 80 records in 2 s, 500 bytes each, over two partitions.
    assert.deepEqual(Object.fromEntries(rates), { 1: 10_000, 2: 20_000, 3: 10_000 });
  });

  it('counts nothing for what is quiet, empty or was not seen twice', () => {
    const inventory = inventoryOf({ topics: [orders] });
    assert.equal(bytesPerSecond(inventory, at(0, '200', '100'), at(2_000, '200', '100')).size, 0);
    assert.equal(bytesPerSecond(inventory, at(0, null, '100'), at(2_000, '240', '100')).size, 0);
    const empty = topicOf('orders', { partitions: [partitionOf(0, { start: '5', end: '5', sizeBytes: '0' })] });
    const rates = bytesPerSecond(inventoryOf({ topics: [empty] }), at(0, '5'), at(1_000, '9'));
    assert.deepEqual(new Set(rates.values()), new Set([0]));
  });

  it('is noted for the broker that would be full first, when that is before its records may go', () => {
    const rates = new Map([
      [1, 1_000_000],
      [2, 2_000_000],
    ]);
    const disks = new Map([
      [1, 36_000_000_000n],
      [2, 36_000_000_000n],
    ]);
    const [note, ...more] = growthNotes(rates, disks, 73 * HOUR_MS);
    assert.deepEqual(more, []);
    assert.match(
      note ?? '',
      /^Broker 2 takes about 2000 kB\/s now\. .* full after some 5 h, .* for 73h \(drain\.deadline and bake\)/,
    );
    assert.deepEqual(growthNotes(rates, disks, 5 * HOUR_MS), []);
    assert.deepEqual(growthNotes(rates, new Map([[2, -1n]]), 73 * HOUR_MS), [], 'a broker that cannot tell its size');
  });
});
