import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { type MessageName, messageDescriptions, parseMessage } from '../../contract/messages.ts';
import { parseRequest } from '../../contract/request.ts';
import { minimalRequest, World } from '../workflows/doubles.ts';
import { contractTypes } from './arbitraries.ts';

function assertSurvives(value: unknown): void {
  assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  const payload = defaultPayloadConverter.toPayload(value);
  assert.deepStrictEqual(defaultPayloadConverter.fromPayload(payload), value);
}

describe('what crosses a boundary', () => {
  for (const [name, arbitrary] of Object.entries<fc.Arbitrary<unknown>>(contractTypes))
    test(`${name} comes out as it went in`, () => fc.assert(fc.property(arbitrary, assertSurvives), { numRuns: 100 }));

  test('a request with its defaults comes out as it went in', () => {
    const parsed = parseRequest({
      ...minimalRequest,
      topics: [{ match: 'audit-*', disposition: 'waive', by: 'ada', reason: 'old' }],
      groups: [{ match: 'console-*', disposition: 'ephemeral' }],
      waive: [{ kind: 'acl', name: 'ALLOW User:alice READ topic orders (literal) from *', by: 'ada', reason: 'gone' }],
    });
    assert.ok(parsed.kind === 'request');
    assertSurvives(parsed.request);
  });

  test('every message comes out as it went in, with or without what is optional', () => {
    const names = Object.keys(messageDescriptions) as MessageName[];
    const payload = fc.record(
      { by: fc.string({ minLength: 1 }), reason: fc.string({ minLength: 1 }), gate: fc.constantFrom('flip', 'bake') },
      { requiredKeys: ['by'] },
    );
    let read = 0;
    fc.assert(
      fc.property(fc.constantFrom(...names), payload, (name, { gate, ...said }) => {
        const judged = name === 'approve' || name === 'reject';
        const parsed = parseMessage(name, {
          ...said,
          ...(judged && gate !== undefined && { gate }),
          ...(name === 'waive' && { topic: 'orders' }),
        });
        assertSurvives(parsed);
        if (parsed.kind === 'message') read += 1;
      }),
      { numRuns: 500 },
    );
    assert.ok(read > 100, 'most of them could be read');
  });

  test('every answer of a double is one that a real activity could send', () => {
    for (const double of Object.values(new World().doubles()))
      assertSurvives(double({} as never, { attempt: 1, cancelled: () => false }));
  });

  for (const [what, value] of [
    ['a bigint', { end: 1n }],
    ['undefined', { end: undefined }],
    ['a Map', new Map([['orders', '1']])],
    ['a Date', { at: new Date(0) }],
    ['a number that is none', { end: Number.NaN }],
  ] as const)
    test(`${what} would be found out`, () => assert.throws(() => assertSurvives(value)));
});
