import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatTicket, parseTicket, type Ticket } from '../../switching/src/ticket.ts';

const ticket: fc.Arbitrary<Ticket> = fc.record(
  {
    deployment: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 12, maxLength: 12 }),
    state: fc.constantFrom('held', 'released'),
  },
  { noNullPrototype: true },
);

describe('ticket', () => {
  it('reads back what it wrote, and ignores keys it does not know', () => {
    fc.assert(
      fc.property(ticket, written => {
        assert.deepEqual(parseTicket(formatTicket(written)), { kind: 'ticket', ticket: written });
        assert.deepEqual(parseTicket(`${formatTicket(written)} since=today`), { kind: 'ticket', ticket: written });
      }),
    );
  });

  it('is none where the commit has no metadata', () => {
    assert.deepEqual(parseTicket(''), { kind: 'none' });
    assert.deepEqual(parseTicket(' '), { kind: 'none' });
  });

  for (const [metadata, reason] of [
    ['v=2 deployment=0123456789ab state=held', /version/],
    ['v=1 state=held', /deployment/],
    ['v=1 deployment=0123456789ab', /state/],
    ['v=1 deployment=0123456789ab state=Released', /state/],
    ['something else', /version/],
  ] as const)
    it(`is malformed as "${metadata}", never released`, () => {
      const parsed = parseTicket(metadata);
      assert.equal(parsed.kind, 'malformed');
      assert.match(parsed.kind === 'malformed' ? parsed.reason : '', reason);
    });

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string(), text => assert.ok(['ticket', 'none', 'malformed'].includes(parseTicket(text).kind))),
    );
  });
});
