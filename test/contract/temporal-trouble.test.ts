import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectTrouble, temporalTrouble } from '../../contract/temporal-trouble.ts';

const place = { address: 'temporal:7233', namespace: 'kafka' };
const refusal = (code: number, details: string) =>
  new Error('Failed', { cause: Object.assign(new Error(`${code} X: ${details}`), { code, details }) });

describe('temporalTrouble()', () => {
  const cases: readonly (readonly [number, RegExp])[] = [
    [2, /^Temporal at temporal:7233 could not answer\. Ask again.* It said: so it is\.$/],
    [5, /^Temporal at temporal:7233 has no namespace kafka\. Set TEMPORAL_NAMESPACE/],
    [7, /does not let us into namespace kafka\. Set TEMPORAL_API_KEY .* It said: so it is\.$/],
    [8, /takes no more calls for now\. Ask again in a minute\. It said: so it is\.$/],
    [13, /could not answer/],
    [14, /^Temporal cannot be reached at temporal:7233\. Set TEMPORAL_ADDRESS .* It said: so it is\.$/],
    [16, /does not let us into namespace kafka/],
  ];
  for (const [code, sentence] of cases)
    test(`of gRPC status ${code} says what to do`, () =>
      assert.match(temporalTrouble(refusal(code, 'so it is.'), place) ?? '', sentence));

  test('takes an error of another kind for none of Temporal', () => {
    assert.equal(temporalTrouble(new TypeError('x is not a function'), place), null);
    assert.equal(temporalTrouble(refusal(3, 'a bad argument'), place), null);
  });
});

describe('connectTrouble()', () => {
  test('takes silence for a Temporal that is away', () => {
    const silence = new Error('Failed to connect before the deadline');
    assert.match(
      connectTrouble(silence, place) ?? '',
      /cannot be reached .* It said: Failed to connect before the deadline\.$/,
    );
    assert.match(connectTrouble(refusal(4, 'late'), place) ?? '', /cannot be reached/);
  });

  test('lets an answer through that nobody foresaw', () =>
    assert.equal(connectTrouble(refusal(3, 'a bad argument'), place), null));
});
