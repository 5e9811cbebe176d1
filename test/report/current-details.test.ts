import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Status } from '../../contract/status.ts';
import { renderCurrentDetails } from '../../report/current-details.ts';
import { atTheFlip, command } from './statuses.ts';

const hold = (reason: string): Status => ({
  ...atTheFlip,
  waitingFor: { kind: 'hold', phase: 'freeze', since: '2026-01-01T00:00:00Z', reason, command },
});

describe('renderCurrentDetails()', () => {
  test('says which cluster becomes which, what it waits for and the command to send', () => {
    const text = renderCurrentDetails(atTheFlip);
    assert.match(
      text,
      /^\*\*orders: kafka-orders-a \(3\.9\.2, zookeeper\) → kafka-orders-b \(4\.3\.1, kraft\): approval\*\*\n/,
    );
    assert.match(text, /Waits for approval of \*\*flip\*\*/);
    assert.ok(text.includes(`\`\`\`\n${command}\n\`\`\``));
  });

  test('says that bake ends by itself, and how to end it early', () => {
    const deadline = '2026-01-01T01:00:00Z';
    const waitingFor = { kind: 'gate', gate: 'bake', since: '2026-01-01T00:00:00Z', deadline, command } as const;
    assert.match(
      renderCurrentDetails({ ...atTheFlip, waitingFor }),
      /Bakes until 2026-01-01T01:00:00Z; to end it early:\n/,
    );
  });

  test('lists every phase with its mark', () => {
    const phases = atTheFlip.phases.map(p =>
      p.phase === 'preflight' ? { ...p, state: 'done' as const, detail: '12 topics' } : p,
    );
    assert.match(renderCurrentDetails({ ...atTheFlip, phases }), /- ✓ preflight: 12 topics\n- · provision\n/);
  });

  test('stays under 6 KB with the whole command in it, however much there is to say', () => {
    const text = fc.constantFrom('x', 'ö', '*', '\ud83d\ude00', '\n').map(c => c.repeat(2_000));
    fc.assert(
      fc.property(text, fc.nat({ max: 40 }), (long, lines) => {
        const details = renderCurrentDetails({
          ...hold(long),
          phases: atTheFlip.phases.map(p => ({ ...p, detail: long })),
          attention: Array.from({ length: lines }, () => long),
          ignored: { count: 12, last: [{ at: '2026-01-01T00:00:00Z', message: long, why: long }] },
        });
        assert.ok(Buffer.byteLength(details) <= 6_000, `${Buffer.byteLength(details)} bytes`);
        assert.ok(details.includes(`\n${command}\n`));
        assert.equal(details.split('```').length, 3, 'one block of code, closed');
      }),
    );
  });

  for (const [what, text, inert] of [
    ['HTML', '<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['a link', '[approve](https://evil.example.com)', '\\[approve\\](https://evil.example.com)'],
    ['a code block', '```', '\\`\\`\\`'],
    ['an entity', '&lt;script&gt;', '\\&lt;script\\&gt;'],
    ['emphasis', '**done** __done__', '\\*\\*done\\*\\* \\_\\_done\\_\\_'],
  ] as const) {
    test(`shows ${what} in a reason, a detail, an observation or a message as it was written`, () => {
      const details = renderCurrentDetails({
        ...hold(text),
        phases: atTheFlip.phases.map(p => (p.phase === 'smoke' ? { ...p, detail: text } : p)),
        attention: [text],
        ignored: { count: 1, last: [{ at: '2026-01-01T00:00:00Z', message: text, why: text }] },
      });
      assert.equal(details.split(inert).length - 1, 5, details);
      const others = details.replaceAll(inert, '').replace(`\`\`\`\n${command}\n\`\`\``, '');
      assert.ok(!others.includes(text));
    });
  }

  test('lets no name begin a line of its own or move the cursor of a terminal', () => {
    const details = renderCurrentDetails(hold('broker 2\n\n# Approved\r\n\u001b[2J gone\u202e'));
    assert.match(details, /: broker 2 # Approved \\\[2J gone {1,2}Nothing changes until:/);
    const control = /[^\n\P{Cc}]|\u202e/u;
    assert.doesNotMatch(details, control);
  });

  test('leaves names of topics readable', () => {
    assert.match(renderCurrentDetails(hold('orders_v2.raw-eu is open')), /orders_v2\.raw-eu is open/);
  });
});
