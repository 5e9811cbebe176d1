import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refuseForeign } from '../../switching/src/foreign-offsets.ts';
import { addReader } from '../../switching/src/readers.ts';
import type { Signpost } from '../../switching/src/signpost.ts';
import { OffsetsOfAnotherCluster } from '../../switching/src/transaction-errors.ts';
import type { Standing } from '../../switching/src/watcher.ts';

const options = { clientId: 'billing', record: 'kafka.orders.example.com' };
const asked = { groupId: 'billing', topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '7' }] }] };

function says(said: Partial<Signpost>): Standing {
  const write = { kind: 'cluster', id: 'blue' } as const;
  const steady = { epoch: 1n, by: null, write, read: 'blue', drain: null, addresses: new Map() };
  return { kind: 'signpost', signpost: { ...steady, ...said } };
}

const allowed = (standing: Standing | null, cluster: string): Promise<boolean> =>
  refuseForeign(options, standing, cluster, asked, new AbortController().signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof OffsetsOfAnotherCluster) return false;
      throw error;
    },
  );

describe("a group's offsets in a transaction", () => {
  test('are allowed on the cluster that the signpost has the group read, and on no other', async () => {
    assert.equal(await allowed(says({}), 'blue'), true);
    assert.equal(await allowed(says({}), 'green'), false);
    assert.equal(await allowed(says({ write: { kind: 'hold' } }), 'blue'), true);
    assert.equal(await allowed({ kind: 'absent' }, 'blue'), true);
  });

  test('are refused where the place of the group cannot be known', async () => {
    const write = { kind: 'cluster', id: 'green' } as const;
    const untold = says({ by: 'd1', write });
    const silent = says({ by: 'd1', write, addresses: new Map([['green', '127.0.0.1:1']]) });
    for (const standing of [null, untold, silent]) {
      assert.equal(await allowed(standing, 'green'), false);
      assert.equal(await allowed(standing, 'blue'), false);
    }
  });

  test('are refused when no consumer of this process read as far on that cluster', async () => {
    const reader = (cluster: string | null, upTo: number) => ({
      cluster,
      covers: (_: string, __: number, offset: string) => Number(offset) <= upTo,
    });
    const steps = [
      [reader('green', 100), false],
      [reader(null, 100), false],
      [reader('blue', 6), false],
      [reader('blue', 7), true],
    ] as const;
    for (const [one, expected] of steps) {
      const forget = addReader(options.record, asked.groupId, one);
      const forgetOther = addReader(options.record, 'another group', reader('blue', 100));
      assert.equal(await allowed(says({}), 'blue'), expected);
      forget();
      forgetOther();
    }
    assert.equal(await allowed(says({}), 'blue'), true);
  });
});
