import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { createPartitioner, murmur2 } from '../../switching/src/partitioner.ts';

function partitionsWith(leaders: readonly number[]): PartitionMetadata[] {
  return leaders.map((leader, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader,
    replicas: [1],
    isr: [1],
    offlineReplicas: [],
  }));
}

describe('the partitioner', () => {
  test('puts every key where kafkajs puts it, whatever bytes or text it is', () => {
    const key = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const [ours, theirs] = [createPartitioner(), Partitioners.DefaultPartitioner()];
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 200 }), (given, count) => {
        const partitionMetadata = partitionsWith(Array.from({ length: count }, () => 1));
        const asked = { topic: 'orders', partitionMetadata, message: { key: given, value: null } };
        assert.equal(ours(asked), theirs(asked));
      }),
      { numRuns: 2_000 },
    );
  });

  test('hashes as Java does', () => {
    const known: readonly (readonly [string, number])[] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ];
    for (const [text, hash] of known) assert.equal(murmur2(text), hash, text);
  });

  test('obeys the partition that a record names', () => {
    const partitionMetadata = partitionsWith([1, 1, 1]);
    const message = { key: 'k', value: null, partition: 2 };
    assert.equal(createPartitioner()({ topic: 'orders', partitionMetadata, message }), 2);
  });

  test('gives records without a key to every partition that has a leader in turn', () => {
    const partition = createPartitioner();
    const partitionMetadata = partitionsWith([1, -1, 2, 3]);
    const chosen = Array.from({ length: 6 }, () =>
      partition({ topic: 'orders', partitionMetadata, message: { value: 'v' } }),
    );
    assert.deepEqual(new Set(chosen.slice(0, 3)), new Set([0, 2, 3]));
    assert.deepEqual(chosen.slice(3), chosen.slice(0, 3));
  });

  test('names a partition also when none has a leader', () => {
    const partitionMetadata = partitionsWith([-1, -1]);
    const chosen = createPartitioner()({ topic: 'orders', partitionMetadata, message: { value: 'v' } });
    assert.ok(chosen === 0 || chosen === 1);
  });
});
