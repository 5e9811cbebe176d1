import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { matches } from '../../kafka/patterns.ts';

describe('matches', () => {
  it('takes * for any run of characters, also none', () => {
    for (const name of ['audit-', 'audit-eu', 'audit-eu.1']) assert.ok(matches('audit-*', name));
    assert.ok(matches('*', 'anything'));
    assert.ok(matches('a*c*e', 'abcde'));
    assert.ok(!matches('audit-*', 'xaudit-1'));
    assert.ok(!matches('a*c*e', 'abcdef'));
  });

  it('takes every other character for itself', () => {
    assert.ok(!matches('a.c', 'abc'));
    assert.ok(!matches('orders?', 'order'));
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, name) => {
        fc.pre(!pattern.includes('*'));
        assert.equal(matches(pattern, name), pattern === name);
      }),
    );
  });
});
