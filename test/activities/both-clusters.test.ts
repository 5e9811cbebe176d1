import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type BothSamples, firstOfBoth, heldBy, loudOfBoth, nextOfBoth } from '../../activities/both-clusters.ts';

const sample = (atMs: number, ends: Record<string, readonly (string | null)[]>) => ({ atMs, ends });
/** One sample a second of both clusters. */
const watched = (...samples: readonly (readonly [blue: string | null, green: string | null])[]) => {
  const both = samples.map(
    ([blue, green], second): BothSamples => ({
      blue: sample(second * 1_000, { orders: [blue, '7'] }),
      green: sample(second * 1_000, { orders: [green, '0'] }),
    }),
  );
  const [first, ...later] = both;
  assert.ok(first !== undefined);
  return later.reduce(nextOfBoth, firstOfBoth(first));
};

describe('who writes while writers hold', () => {
  test('is nobody once both clusters stood still for as long as asked for', () => {
    assert.deepEqual(loudOfBoth(watched(['5', '0'], ['5', '0'], ['5', '0'], ['5', '0']), 3_000), []);
    assert.equal(loudOfBoth(watched(['5', '0'], ['5', '0'], ['5', '0']), 3_000).length, 2, 'not for long enough');
  });

  test('is named with cluster, partitions and rate, also a moment after it paused', () => {
    const onBlue = { topic: 'orders', cluster: 'blue', partitions: 1, perSecond: 4 };
    assert.deepEqual(loudOfBoth(watched(['5', '0'], ['5', '0'], ['5', '0'], ['9', '0']), 3_000), [onBlue]);
    assert.deepEqual(
      loudOfBoth(watched(['5', '0'], ['9', '0'], ['9', '0'], ['9', '0'], ['9', '0'], ['9', '2']), 3_000),
      [{ ...onBlue, cluster: 'green', perSecond: 2 }],
    );
  });

  test('is not known where ends could not be read: that is never quiet', () => {
    assert.deepEqual(loudOfBoth(watched(['5', '0'], ['5', '0'], ['5', '0'], [null, '0']), 3_000), [
      { topic: 'orders', cluster: 'blue', why: 'the ends of 1 partitions could not be read' },
    ]);
  });

  test('is found wherever an end moved within the time asked for, over any samples', () => {
    const end = fc.integer({ min: 0, max: 2 }).map(String);
    fc.assert(
      fc.property(fc.array(fc.tuple(end, end), { minLength: 4, maxLength: 8 }), seen => {
        const last = seen.slice(-4);
        const still = (of: 0 | 1) => last.every(pair => pair[of] === last[0]?.[of]);
        const loud = loudOfBoth(watched(...seen), 3_000).map(w => w.cluster);
        assert.deepEqual(loud, [...(still(0) ? [] : ['blue']), ...(still(1) ? [] : ['green'])]);
      }),
    );
  });
});

describe('heldBy()', () => {
  test('counts what each topic of a cluster that was empty holds, and leaves out what is empty', () => {
    assert.deepEqual(
      heldBy(sample(0, { orders: ['3', '4'], audit: ['0'], unread: [null] })),
      new Map([['orders', 7n]]),
    );
  });
});
