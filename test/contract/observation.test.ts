import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Observation, parseObservation, shortened } from '../../contract/observation.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 2_000 });
const anything: fc.Arbitrary<Observation> = fc.oneof(
  fc.record({
    kind: fc.constant('stragglers' as const),
    topics: fc.array(fc.record({ topic: text, perSecond: fc.nat() }), { minLength: 1, maxLength: 50 }),
  }),
  fc.record({
    kind: fc.constant('written-while-held' as const),
    topics: fc.array(
      fc.record({
        topic: text,
        cluster: fc.constantFrom('blue' as const, 'green' as const),
        partitions: fc.integer({ min: 1, max: 10_000 }),
        perSecond: fc.nat(),
      }),
      { minLength: 1, maxLength: 50 },
    ),
  }),
  fc.record({
    kind: fc.constant('never-finishes' as const),
    groups: fc.array(fc.record({ group: text, why: text }), { minLength: 1, maxLength: 50 }),
  }),
  fc.record({
    kind: fc.constant('not-frozen' as const),
    cluster: fc.constantFrom('blue' as const, 'green' as const),
    topics: fc.array(fc.record({ topic: text, why: text }), { minLength: 1, maxLength: 50 }),
  }),
  fc.record({
    kind: fc.constantFrom('restart-now' as const, 'not-on-green' as const),
    groups: fc.array(text, { minLength: 1, maxLength: 50 }),
  }),
);

describe('parseObservation()', () => {
  test('takes whatever a step saw once it was shortened, in 20 KB at most', () => {
    fc.assert(
      fc.property(anything, observation => {
        const sent = shortened(observation);
        assert.deepEqual(parseObservation(sent), sent);
        assert.ok(Buffer.byteLength(JSON.stringify(sent)) <= 20 * 1024);
      }),
    );
  });

  test('leaves alone what is short', () => {
    const seen: Observation = { kind: 'never-finishes', groups: [{ group: 'billing', why: 'no members' }] };
    assert.deepEqual(shortened(seen), seen);
  });

  for (const [what, candidate] of [
    ['nothing', undefined],
    ['a text', 'stragglers'],
    ['an unknown kind', { kind: 'toString' }],
    ['a list that is missing', { kind: 'stragglers' }],
    ['a number for a list', { kind: 'stragglers', topics: 1 }],
    ['a text for a list', { kind: 'restart-now', groups: 'billing' }],
    ['an empty list', { kind: 'restart-now', groups: [] }],
    ['members of other types', { kind: 'restart-now', groups: [7, null, {}] }],
    ['a member without its fields', { kind: 'stragglers', topics: [{}] }],
    ['a rate that is a text', { kind: 'stragglers', topics: [{ topic: 'orders', perSecond: 'many' }] }],
    [
      'a cluster that is neither',
      { kind: 'written-while-held', topics: [{ topic: 'orders', cluster: 'red', partitions: 1, perSecond: 1 }] },
    ],
    ['a field that is not known', { kind: 'clear', what: 'stragglers', by: 'ada' }],
    ['nothing to clear', { kind: 'clear', what: 'everything' }],
    ['a text of 1 MB', { kind: 'restart-now', groups: ['x'.repeat(1_000_000)] }],
    ['a list of a million', { kind: 'restart-now', groups: Array(1_000_000).fill('x') }],
  ] as const)
    test(`is null for ${what}`, () => assert.equal(parseObservation(candidate), null));

  test('is an observation or null for anything, and never throws', () => {
    fc.assert(
      fc.property(fc.anything(), candidate => {
        assert.ok(parseObservation(candidate) === null);
      }),
      { numRuns: 2_000 },
    );
  });
});
