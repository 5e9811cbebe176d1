import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../contract/status.ts';
import { renderCurrentDetails } from '../../report/current-details.ts';
import { renderReportMarkdown } from '../../report/report-markdown.ts';
import { renderReportPage } from '../../report/report-page.ts';
import { renderReport } from '../../report/report-text.ts';
import { renderStatus } from '../../report/status-text.ts';
import { reportOf } from './reports.ts';
import { atTheFlip } from './statuses.ts';

const heldAt = '2026-01-01T00:00:02.000Z';
const opened = { heldAt, openedAt: '2026-01-01T00:00:14.340Z' };
const everywhere = (change: Partial<Status>): string[] => {
  const status = { ...atTheFlip, ...change };
  const report = reportOf(status);
  return [
    renderStatus(status, [], 0).join('\n'),
    renderCurrentDetails(status),
    renderReport(report).join('\n'),
    renderReportMarkdown(report),
    renderReportPage(report),
  ];
};

describe('the order that was asked for', () => {
  test('is said where it is total, with how long library producers held', () => {
    for (const said of everywhere({ order: 'total', stall: opened }))
      assert.match(said, /total, library producers held for 12\.3 s/);
  });

  test('is said while they hold, with since when', () => {
    for (const said of everywhere({ order: 'total', stall: { heldAt, openedAt: null } }))
      assert.match(said, /total, library producers hold since 2026-01-01T00:00:02\.000Z\b(?!, until)/);
  });

  test('says how a hold ended that a way back ended', () => {
    const wayBack = { as: 'rollback', by: 'ada', reason: null, phase: 'settle', at: heldAt } as const;
    for (const said of everywhere({ order: 'total', stall: { heldAt, openedAt: null }, wayBack }))
      assert.match(said, /hold since \S+, until the way back sends them to blue/);
  });

  test('is not talked about where it is the usual one', () => {
    for (const said of everywhere({})) assert.doesNotMatch(said, /library producers|[Oo]rder: /);
  });
});
