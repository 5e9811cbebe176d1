import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyForEachPartition, partitionOfKey } from '../../kafka/coordinator-keys.ts';

test("An id's partition follows the Java hash of its UTF-16 units, without the sign", () => {
  assert.equal(partitionOfKey('hello', 50), 99_162_322 % 50);
  assert.equal(
    partitionOfKey('polygenelubricants', 50),
    0,
    'its hash is the smallest integer, which has no positive twin',
  );
  assert.equal(partitionOfKey('billing', 1), 0);
});

test('There is an id for each partition, and each belongs to its own', () => {
  for (const partitions of [0, 1, 4, 50, 200])
    assert.deepEqual(
      keyForEachPartition(partitions).map(key => partitionOfKey(key, partitions)),
      Array.from({ length: partitions }, (_, partition) => partition),
    );
});
