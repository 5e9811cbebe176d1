import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { columns, elapsed, plain } from '../../report/plain.ts';
import { renderStatus } from '../../report/status-text.ts';
import { atTheFlip, command } from './statuses.ts';

const now = Date.parse('2026-01-01T00:02:05Z');
const text = (...args: Parameters<typeof renderStatus>) => renderStatus(...args).join('\n');

describe('renderStatus()', () => {
  test('says which cluster becomes which, what it waits for, since when, and the command to send', () => {
    const said = text(atTheFlip, [], now);
    assert.match(
      said,
      /^orders: kafka-orders-a \(Kafka 3\.9\.2, zookeeper\) → kafka-orders-b \(Kafka 4\.3\.1, kraft\), in approval, deployment 0{11}1\n/,
    );
    assert.match(
      said,
      /waits for the approval of flip since 2026-01-01T00:00:00Z \(2 min 5 s\):\n {2}kafka-bluegreen approve orders --gate flip\n/,
    );
  });

  test('gives a hold its own lines: where, why, and how it ends', () => {
    const waitingFor = {
      kind: 'hold',
      phase: 'drain',
      since: '2026-01-01T00:00:00Z',
      reason: 'billing stopped.',
      command,
    } as const;
    const said = text({ ...atTheFlip, waitingFor }, [], now);
    assert.match(
      said,
      /\nHOLDS in drain since \S+ \(2 min 5 s\)\. billing stopped\.\nNothing changes until:\n {2}kafka-bluegreen resume orders\n/,
    );
  });

  test('shows what the running step said last, its tries and why the last one failed', () => {
    const live = {
      step: 'drainFirstGroup',
      attempt: 3,
      lastFailure: 'Broker 2 did not answer.',
      details: {
        phase: 'drain',
        begun: 1,
        ledger: {},
        groupsOpen: 2,
        worst: [{ group: 'billing', state: 'behind', left: '1204' }],
      },
    };
    const said = text(atTheFlip, [live], now);
    assert.match(said, /now: drainFirstGroup, try 3: groups open 2, worst billing \(state behind, left 1204\)\n/);
    assert.match(said, /the last try failed: Broker 2 did not answer\.\n/);
  });

  test('says whether a run may go back as long as it runs', () => {
    const said = /^rollback: possible\. Legal until the first group is released\.$/m;
    assert.match(text(atTheFlip, [], now), said);
    assert.doesNotMatch(text({ ...atTheFlip, outcome: 'deployed' }, [], now), /^rollback:/m);
  });

  test('lets no name or reason break a line or move the cursor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), hostile => {
        const waitingFor = {
          kind: 'hold',
          phase: 'drain',
          since: '2026-01-01T00:00:00Z',
          reason: `a${hostile}`,
          command,
        } as const;
        const said = renderStatus({ ...atTheFlip, waitingFor, attention: [hostile] }, [], now);
        for (const line of said) assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
        assert.equal(
          said.length,
          renderStatus({ ...atTheFlip, waitingFor: { ...waitingFor, reason: 'a' }, attention: [''] }, [], now).length,
        );
      }),
    );
  });
});

describe('elapsed()', () => {
  for (const [ms, said] of [
    [0, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min 0 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h 0 min'],
    [172_800_000, '2 d 0 h'],
  ] as const)
    test(`says ${said} for ${ms} ms`, () => assert.equal(elapsed(ms), said));
});

describe('columns()', () => {
  test('are as wide as their widest cell, the last one as it is', () => {
    assert.deepEqual(
      columns([
        ['a', 'long', 'x'],
        ['bbb', '', 'yy'],
      ]),
      ['a    long  x', 'bbb        yy'],
    );
  });
});

describe('plain()', () => {
  test('keeps what people write, and nothing that a terminal obeys', () => {
    assert.equal(plain('größer\u001b[2Jals\n\u202e<b>'), 'größer [2Jals <b>');
  });
});
