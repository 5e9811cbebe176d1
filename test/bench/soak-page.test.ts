import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DemoRun, renderSoakPage } from '../../bench/soak-page.ts';

const clean: DemoRun = {
  exitCode: 0,
  seconds: 171,
  report: {
    outcome: 'deployed',
    audit: {
      produced: 60_000,
      acknowledgedOnBlue: 30_000,
      acknowledgedOnGreen: 30_000,
      lost: 0,
      doubled: 0,
      reordered: 0,
      writeStallMs: { p50: 310.4, p99: 512, max: 700 },
    },
    ledger: { rows: 60, drained: 60 },
    history: { events: 240, bytes: 90_000 },
  },
};

describe('renderSoakPage()', () => {
  test('gives every run a row as wide as the heading, with what it lost', () => {
    const broken: DemoRun = { exitCode: 1, seconds: 20, report: null };
    const rows = renderSoakPage([clean, broken], '2026-01-01')
      .split('\n')
      .filter(line => line.startsWith('|'));
    assert.equal(new Set(rows.map(line => line.split('|').length)).size, 1);
    assert.match(rows[2] ?? '', /\| 0 \| 0 \| 0 \| 310 \/ 512 \/ 700 \|/);
    assert.match(rows[3] ?? '', /no report, code 1/);
  });

  test('counts a run that ended with an error as not clean', () => {
    assert.match(renderSoakPage([clean, { ...clean, exitCode: 1 }], '2026-01-01'), /1 of 2 runs clean/);
  });
});
