import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fit, MOST_ANSWER_BYTES } from '../../report/fit.ts';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('fit()', () => {
  test('leaves an answer alone that is small enough', () => {
    fc.assert(
      fc.property(fc.jsonValue(), answer => {
        fc.pre(bytesOf(answer) <= MOST_ANSWER_BYTES);
        assert.equal(fit(answer), answer);
      }),
    );
  });

  test('cuts texts no further than needed, and says where', () => {
    const { reason, kind } = fit({ reason: 'x'.repeat(100_000), kind: 'hold' });
    assert.deepEqual([reason.length, reason.at(-1), kind], [2_000, '…', 'hold']);
  });

  test('never shortens what a program acts on', () => {
    const command = `temporal ${'x'.repeat(3_000)}`;
    const sha256 = 'ab'.repeat(32);
    const answer = fit({ command, evidence: { sha256, ref: `file:${sha256}` }, attention: ['y'.repeat(100_000)] });
    assert.deepEqual([answer.command, answer.evidence], [command, { sha256, ref: `file:${sha256}` }]);
  });

  test('says how many are missing from a list of names or a table of counts, and keeps the newest of other lists', () => {
    const answer = fit({
      stragglers: Array.from({ length: 5_000 }, (_, i) => `orders-${i}-${'x'.repeat(20)}`),
      stranded: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`orders-${i}`, '12'])),
      approvals: Array.from({ length: 5_000 }, (_, at) => ({ at, by: 'ada' })),
    });
    assert.match(answer.stragglers.at(-1) ?? '', /^… and \d+ more$/);
    assert.match(answer.stranded['…'] ?? '', /^\d+ more$/);
    assert.equal(answer.approvals.at(-1)?.at, 4_999);
  });

  test('fits whatever characters the texts are made of', () => {
    const text = fc.constantFrom('x', 'ö', '\u0001', '\ud83d\ude00', '\ud800').map(c => c.repeat(1_500));
    const waiver = fc.record({ kind: fc.constant('group'), name: text, by: text, reason: text });
    fc.assert(
      fc.property(fc.array(waiver, { minLength: 90, maxLength: 100 }), fc.array(text, { maxLength: 30 }), (w, a) => {
        const answer = fit({ waivers: w, attention: a });
        assert.ok(bytesOf(answer) <= MOST_ANSWER_BYTES, `${bytesOf(answer)} bytes`);
        assert.equal(answer.waivers.length, w.length);
      }),
      { numRuns: 5 },
    );
  });
});
