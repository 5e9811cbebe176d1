import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type MessageName, messageDescriptions, parseMessage, unknownName } from '../../contract/messages.ts';
import { unreadable } from '../../contract/unreadable.ts';

const names = Object.keys(messageDescriptions) as MessageName[];

describe('parseMessage()', () => {
  test('takes flip for the gate when an approval names none', () => {
    const parsed = parseMessage('approve', { by: 'ada' });
    assert.ok(parsed.kind === 'message' && parsed.message.name === 'approve');
    assert.equal(parsed.message.gate, 'flip');
  });

  test('says how the message looks when it cannot be read', () => {
    const parsed = parseMessage('waive', { by: 'ada', reason: 'old', topic: 'a', group: 'b' });
    assert.ok(parsed.kind === 'malformed');
    assert.match(parsed.why, /exactly one of topic, group or straggler.*Input: \{"by"/);
  });

  for (const reason of [undefined, '', '  '])
    test(`takes no waiver whose reason is ${JSON.stringify(reason) ?? 'missing'}`, () => {
      const parsed = parseMessage('waive', {
        by: 'ada',
        group: 'reports',
        ...(reason === undefined ? {} : { reason }),
      });
      assert.match(parsed.kind === 'malformed' ? parsed.why : parsed.kind, /^waive could not be read \(reason: /);
    });

  for (const [what, payloads, why] of [
    ['nothing', [], /it came without its JSON object/],
    ['null', [null], /it came without its JSON object/],
    ['a text', ['ada'], /a JSON object is expected, not a string/],
    ['a number', [7], /a JSON object is expected, not a number/],
    ['a list', [[{ by: 'ada' }]], /a JSON object is expected, not a list/],
    ['several inputs', [{ by: 'ada' }, { gate: 'flip' }], /one JSON object is expected, not 2 inputs/],
    ['bytes', [new Uint8Array(1_000_000)], /a JSON object of few fields is expected/],
    ['a million fields', [Object.fromEntries(Array.from({ length: 1_000_000 }, (_, i) => [i, i]))], /of few fields/],
    [
      'what could not be decoded',
      [unreadable('Unknown encoding: json/protobuf')],
      /cannot be decoded: Unknown encoding/,
    ],
    ['nobody in by', [{ by: ' ' }], /by: /],
    ['a name that is not one', [{ by: { name: 'ada' } }], /by: /],
    ['1 MB of reason', [{ by: 'ada', reason: 'x'.repeat(1_000_000) }], /reason: Too big/],
    ['a field that is not known', [{ by: 'ada', force: true }], /"force"/],
  ] as const)
    test(`says in a sentence that ${what} is no approval`, () => {
      const parsed = parseMessage('approve', ...payloads);
      assert.ok(parsed.kind === 'malformed');
      assert.match(parsed.why, why);
      assert.match(parsed.why, /^approve could not be read \(.*\)\. Approve what is waiting\. Input:/);
    });

  test('never throws and stays short, whatever arrives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(fc.anything(), { maxLength: 3 }), (name, payloads) => {
        const parsed = parseMessage(name, ...payloads);
        if (parsed.kind === 'malformed') assert.ok(parsed.why.length < 700);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('unknownName()', () => {
  test('names the signal that was probably meant, or all of them', () => {
    assert.match(unknownName('aprove'), /Did you mean approve\?/);
    assert.match(unknownName('restart-everything'), /Known: approve, reject, rollback, resume, pause, waive\./);
  });
});
