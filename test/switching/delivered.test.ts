import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Delivered } from '../../switching/src/delivered.ts';

describe('what was delivered on a cluster', () => {
  it('covers a commit up to the offset after the highest that was given, and nothing of other partitions', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 10n ** 18n), { minLength: 1 }), fc.bigInt(0n, 10n ** 18n), (given, asked) => {
        const delivered = new Delivered();
        for (const offset of given) delivered.saw('orders', 3, String(offset));
        const highest = given.reduce((a, b) => (a > b ? a : b));
        assert.equal(delivered.covers('orders', 3, String(asked)), asked <= highest + 1n);
        assert.ok(delivered.covers('orders', 3, String(highest + 1n)));
        assert.ok(!delivered.covers('orders', 3, String(highest + 2n)));
        assert.ok(!delivered.covers('orders', 2, '0') && !delivered.covers('payments', 3, '0'));
      }),
    );
  });
});
