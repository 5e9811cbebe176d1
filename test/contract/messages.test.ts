import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type MessageName, messageDescriptions, parseMessage } from '../../contract/messages.ts';

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

  test('never throws and stays short, whatever arrives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.anything(), (name, payload) => {
        const parsed = parseMessage(name, payload);
        if (parsed.kind === 'malformed') assert.ok(parsed.why.length < 700);
      }),
      { numRuns: 2_000 },
    );
  });
});
