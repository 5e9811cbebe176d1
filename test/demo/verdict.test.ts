import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Report } from '../../contract/report.ts';
import { audit } from '../../demo/auditor/audit.ts';
import { demoReport } from '../../demo/figures.ts';
import type { Observed } from '../../demo/observed.ts';
import type { DemoReport } from '../../demo/report/demo-report.ts';
import { failuresOf } from '../../demo/verdict.ts';
import { recording } from './report/recording.ts';

const clean = recording().report;
const observed: Observed = {
  tools: recording().tools,
  foreign: 0,
  holds: [],
  around: null,
  takenByBlueSince: 0,
};

/** The report with a change of its audit. */
const audited = (change: Partial<DemoReport['audit']>): DemoReport => ({
  ...clean,
  audit: { ...clean.audit, ...change },
});

describe('the demo is clean', () => {
  test('when everything holds', () => {
    assert.deepEqual(failuresOf(clean, observed), []);
  });

  const [group] = clean.audit.groups;
  assert.ok(group);
  const [tool] = observed.tools;
  assert.ok(tool);
  const spoilt: readonly (readonly [string, DemoReport, Observed, RegExp])[] = [
    ['it was not deployed', { ...clean, outcome: 'rolled-back' }, observed, /outcome is rolled-back/],
    [
      'a record was lost',
      audited({ inLogs: { ...clean.audit.inLogs, lost: 1 } }),
      observed,
      /^1 acknowledged records are in no log/,
    ],
    ['a record was doubled', audited({ doubled: 1 }), observed, /^1 records were doubled/],
    ['a record was reordered', audited({ reordered: 1 }), observed, /^1 records were reordered/],
    ['a group is not complete', audited({ groups: [{ ...group, lost: 2 }] }), observed, /billing never handled 2/],
    [
      'a group handled what no log held',
      audited({ groups: [{ ...group, unexplained: 2 }] }),
      observed,
      /in neither log/,
    ],
    ['too little was produced', audited({ produced: 19_999 }), observed, /Only 19999 records were produced/],
    ['too little went to blue', audited({ acknowledgedOnBlue: 4_999 }), observed, /on blue/],
    ['too little went to green', audited({ acknowledgedOnGreen: 4_999 }), observed, /on green/],
    ['a phase did not end', { ...clean, phases: clean.phases.slice(1) }, observed, /11 of 12 phases/],
    ['there is no ledger', { ...clean, ledger: null }, observed, /no drain ledger/],
    ['a row is not drained', { ...clean, ledger: { rows: 3, drained: 2, sha256: '' } }, observed, /2 of 3 ledger rows/],
    ['the history is long', { ...clean, history: { events: 351, bytes: 1 } }, observed, /351 events/],
    ['the history is big', { ...clean, history: { events: 1, bytes: 262_145 } }, observed, /262145 bytes/],
    ["Kafka's tools disagree", clean, { ...observed, tools: [{ ...tool, agrees: false }] }, /tool disagrees/],
    ["Kafka's tools were not asked", clean, { ...observed, tools: [] }, /were not asked/],
    ['a send was given up', { ...clean, givenUp: { TIMED_OUT: 2 } }, observed, /^2 sends were given up.* TIMED_OUT/],
    ['somebody else wrote', clean, { ...observed, foreign: 1 }, /from nobody the demo knows/],
  ];
  for (const [what, report, seen, sentence] of spoilt)
    test(`not when ${what}, and says so in one sentence`, () => {
      const failures = failuresOf(report, seen);
      assert.equal(failures.length, 1);
      assert.match(failures[0] ?? '', sentence);
    });
});

describe("the demo's figures", () => {
  const none = new Float64Array();
  const empty = { stream: none, sequence: none };
  const nothing = audit({
    streams: [],
    produced: 0,
    acknowledged: { ...empty, atMs: none },
    logs: [],
    groups: [],
  });

  test("take clusters, phases, ledger and history from the run's own report", () => {
    const run: Report = {
      outcome: 'deployed',
      cluster: 'orders',
      deployment: '0123456789ab',
      workflowId: 'kafka-bluegreen-orders',
      runId: 'run',
      record: 'kafka.orders.example.com',
      requestedBy: 'ada',
      order: 'per-producer',
      stall: null,
      blue: { stack: 'kafka-orders-a', clusterId: 'A', version: '3.9.2', mode: 'zookeeper' },
      green: { stack: 'kafka-orders-b', clusterId: 'B', version: '4.3.1', mode: 'kraft' },
      startedAt: '2026-11-21T10:00:00.000Z',
      endedAt: '2026-11-21T10:03:00.000Z',
      phases: [
        {
          phase: 'preflight',
          state: 'done',
          startedAt: '2026-11-21T10:00:00.000Z',
          endedAt: '2026-11-21T10:00:02.500Z',
          detail: null,
          evidence: null,
        },
      ],
      wayBack: null,
      ending: null,
      approvals: [],
      waivers: [],
      stragglers: [],
      ledger: { rows: 71, drained: 71, groups: 4, sha256: 'ab' },
      dns: [],
      stranded: null,
      evidence: {},
      history: { events: 200, bytes: 100_000 },
    };
    const report = demoReport(run, nothing, {
      scenario: 'forward',
      ending: 'deployed',
      clients: 'library',
      givenUp: {},
      webUi: 'http://127.20.0.5:8233',
    });
    assert.deepEqual(report.phases, [
      {
        phase: 'preflight',
        start: '2026-11-21T10:00:00.000Z',
        end: '2026-11-21T10:00:02.500Z',
        evidence: null,
        seconds: 2.5,
      },
    ]);
    assert.deepEqual(report.ledger, { rows: 71, drained: 71, sha256: 'ab' });
    assert.deepEqual(Object.keys(report), [
      'scenario',
      'ending',
      'clients',
      'outcome',
      'blue',
      'green',
      'audit',
      'givenUp',
      'stranded',
      'phases',
      'ledger',
      'history',
      'workflowId',
      'runId',
      'webUi',
    ]);
    assert.ok(!('stalls' in report.audit));
  });
});
