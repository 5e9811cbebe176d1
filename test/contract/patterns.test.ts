import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { matches } from '../../contract/patterns.ts';

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

  it('agrees with what a regular expression says, and no pattern is slow', () => {
    const letters = fc.stringMatching(/^[ab*]{0,12}$/);
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const name = text.replaceAll('*', 'c');
        assert.equal(matches(pattern, name), new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
    const begun = performance.now();
    assert.ok(!matches('*a'.repeat(120), `${'a'.repeat(100_000)}b`));
    assert.ok(performance.now() - begun < 1_000);
  });
});
