import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../evidence/json.ts';

test('Keys are in order at every depth, and the text is JSON', () => {
  const text = canonicalJson({ b: [{ d: 1, c: 'x' }], a: null });
  assert.equal(text, '{"a":null,"b":[{"c":"x","d":1}]}');
});

const lossy: Record<string, unknown> = {
  bigint: 1n,
  undefined,
  NaN: Number.NaN,
  Date: new Date(0),
  Map: new Map(),
  function: () => 1,
};
for (const [what, value] of Object.entries(lossy)) {
  test(`What JSON would lose is refused with its path: ${what}`, () => {
    assert.throws(() => canonicalJson({ rows: [{ offset: value }] }), {
      name: 'TypeError',
      message: /^\$\.rows\[0\]\.offset is /,
    });
  });
}

test('A hole in a list is refused like undefined', () => {
  const holed: unknown[] = [];
  holed.length = 1;
  assert.throws(() => canonicalJson(holed), /^TypeError: \$\[0\]/);
});
