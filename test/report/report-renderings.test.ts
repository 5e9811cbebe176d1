import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Report } from '../../contract/report.ts';
import { renderPlan } from '../../report/plan-text.ts';
import { renderReportMarkdown } from '../../report/report-markdown.ts';
import { renderReportPage } from '../../report/report-page.ts';
import { renderReport } from '../../report/report-text.ts';
import { atTheFlip } from './statuses.ts';

const hostile = '<img src=x onerror=alert(1)> | **bold** `code` [a](http://b)\nnew line';

const report: Report = {
  ...atTheFlip,
  outcome: 'rolled-back',
  ending: 'A rollback was asked for by ada in settle.',
  requestedBy: hostile,
  phases: [
    {
      phase: 'preflight',
      state: 'done',
      startedAt: '2026-01-01T00:00:00Z',
      endedAt: '2026-01-01T00:00:04Z',
      detail: hostile,
      evidence: null,
    },
    { phase: 'bake', state: 'skipped', startedAt: null, endedAt: null, detail: null, evidence: null },
  ],
  approvals: [{ gate: 'flip', verdict: 'approved', by: hostile, reason: hostile, at: '2026-01-01T00:01:00Z' }],
  waivers: [{ kind: 'group', name: hostile, by: 'ada', reason: 'nobody reads it' }],
  startedAt: '2026-01-01T00:00:00Z',
  endedAt: '2026-01-01T00:03:00Z',
  stragglers: ['orders'],
  ledger: { rows: 74, drained: 73, groups: 4, sha256: 'ab'.repeat(32) },
  dns: [{ server: '10.0.0.2', name: 'kafka.orders.example.com', answer: 'b', at: '2026-01-01T00:02:00Z' }],
  stranded: { orders: '411', payments: '142' },
  evidence: { ledger: { ref: 'file:ab/cd', sha256: 'cd'.repeat(32), bytes: 9 } },
  history: { events: 203, bytes: 95_232 },
};

const facts = [
  /rolled-back/,
  /A rollback was asked for by ada in settle\./,
  /73 of 74/,
  /411/,
  /142/,
  /10\.0\.0\.2/,
  /file:ab\/cd/,
  /203 events, 93 KB/,
  /nobody reads it/,
];

const renderings: readonly (readonly [string, string])[] = [
  ['text', renderReport(report).join('\n')],
  ['Markdown', renderReportMarkdown(report)],
  ['HTML', renderReportPage(report)],
];

for (const [format, said] of renderings)
  describe(`the report as ${format}`, () => {
    test('has outcome, proof, what was stranded, DNS, evidence, waivers and history', () => {
      for (const fact of facts) assert.match(said, fact);
    });

    test('leaves out phases that never began', () => assert.doesNotMatch(said, /bake/));
  });

describe('what others wrote', () => {
  test('is no markup in Markdown, and breaks no row', () => {
    const said = renderReportMarkdown(report);
    assert.doesNotMatch(said, /(?<!\\)(<img|\*\*bold|\]\(http)/);
    const rows = said.split('\n').filter(line => line.startsWith('| preflight'));
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.match(/(?<!\\)\|/g)?.length, 5);
  });

  test('is no markup in HTML, and the page asks for nothing from anywhere', () => {
    const said = renderReportPage(report);
    assert.doesNotMatch(said, /<(img|script|link|iframe)|<[^>]* (src|href)=|url\(/);
    assert.match(said, /&lt;img src=x onerror/);
  });

  test('stays on one line of text', () => {
    assert.doesNotMatch(renderReport(report).join('\n'), /^new line/m);
  });
});

describe('renderPlan()', () => {
  const plan = {
    cluster: 'orders',
    problems: [],
    paste: null,
    topics: { drain: 2, ambient: 0, waive: 0, undecided: 1 },
    groups: { move: 0, ephemeral: 0, abandoned: 0, external: 0, undecided: 0 },
    steps: ['create stack kafka-orders-b'],
    notes: [],
    historyKeptMs: 0,
    inventory: null,
  };

  test('counts topics and groups, lists the steps, and says that nothing stands in the way', () => {
    assert.deepEqual(renderPlan(plan), [
      'orders: topics 2 drain, 1 undecided; groups none',
      '',
      ' 1. create stack kafka-orders-b',
      '',
      'Nothing stands in the way.',
    ]);
  });

  test('says what is better known before the start', () => {
    assert.ok(renderPlan({ ...plan, notes: ['Blue is protected.'] }).includes('note: Blue is protected.'));
  });

  test('lists every problem with its remedy, and the block to paste', () => {
    const said = renderPlan({
      ...plan,
      problems: [{ on: 'topic audit', problem: 'has no disposition.', remedy: 'Give it one.\nsecond command' }],
      paste: {
        topics: [{ match: 'audit', disposition: 'waive' as const, by: '<who>', reason: '<why>' }],
        groups: [],
        waive: [],
      },
    }).join('\n');
    assert.match(
      said,
      /1 problem stands in the way; nothing was created or changed:\n✗ topic audit has no disposition\.\n {4}Give it one\.\n {4}second command\n/,
    );
    assert.match(said, /"match": "audit"/);
  });
});
