import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Observed } from '../../demo/observed.ts';
import type { DemoReport } from '../../demo/report/demo-report.ts';
import type { Surroundings } from '../../demo/surroundings.ts';
import { checksOf, failuresOf } from '../../demo/verdict.ts';
import { recording } from './report/recording.ts';

const { report: deployed, tools } = recording();
const BLUE = deployed.blue.clusterId ?? '';

const before: Surroundings = {
  record: { Name: 'kafka.orders.example.com.', Type: 'CNAME', TTL: 10, ResourceRecords: [{ Value: 'blue.elb' }] },
  signpost: null,
  configs: { orders: { 'retention.ms': '1000' }, payments: {} },
  green: 'absent',
};
const steady = { v: '1', epoch: '7', by: '-', write: BLUE, read: BLUE, drain: '-', [BLUE]: 'blue.elb:9092' };
const after: Surroundings = { ...before, signpost: steady };
const observed: Observed = { tools: [], foreign: 0, holds: [], around: { before, after }, takenByBlueSince: 2_100 };
const onBlue = { ...deployed.audit, acknowledgedOnGreen: 0, acknowledgedOnBlue: 30_000 };

const rejected: DemoReport = {
  ...deployed,
  scenario: 'reject',
  ending: 'undone',
  outcome: 'rejected',
  audit: onBlue,
  ledger: null,
};
const rolledBack: DemoReport = {
  ...rejected,
  scenario: 'rollback-after-flip',
  ending: 'returned',
  outcome: 'rolled-back',
  audit: { ...onBlue, acknowledgedOnGreen: 900, stranded: { payments: 300, orders: 600 } },
  stranded: { orders: '600', payments: '300', clicks: '0' },
};
const kept: Observed = {
  ...observed,
  tools: tools.slice(1),
  around: { before, after: { ...after, green: 'CREATE_COMPLETE' } },
};

type Case = readonly [what: string, report: DemoReport, seen: Observed, sentence: RegExp];

function changed(seen: Observed, change: Partial<Surroundings>): Observed {
  assert.ok(seen.around);
  return { ...seen, around: { ...seen.around, after: { ...seen.around.after, ...change } } };
}

function spoils(cases: readonly Case[]): void {
  for (const [what, report, seen, sentence] of cases)
    test(`not when ${what}, and says so in one sentence`, () => {
      const failures = failuresOf(report, seen);
      assert.equal(failures.length, 1, failures.join('\n'));
      assert.match(failures[0] ?? '', sentence);
    });
}

/** What is wrong around blue spoils every way back. */
function aroundBlue(report: DemoReport, seen: Observed): Case[] {
  return [
    [
      'the TTL is another',
      report,
      changed(seen, {
        record: { Name: 'kafka.orders.example.com.', Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: 'blue.elb' }] },
      }),
      /^The record is blue\.elb, TTL 5, it was blue\.elb, TTL 10/,
    ],
    ['the record is gone', report, changed(seen, { record: null }), /^The record is absent/],
    [
      'a config is left',
      report,
      changed(seen, { configs: { ...before.configs, payments: { 'max.message.bytes': '1' } } }),
      /not as they were: payments\.$/,
    ],
    ['there is no signpost', report, changed(seen, { signpost: null }), /signpost is not steady on blue: null/],
    [
      "the signpost is still somebody else's",
      report,
      changed(seen, { signpost: { ...steady, by: 'abc' } }),
      /not steady/,
    ],
    ['the signpost holds writers', report, changed(seen, { signpost: { ...steady, write: 'hold' } }), /not steady/],
    ['blue takes no writes', report, { ...seen, takenByBlueSince: 0 }, /^Blue took only 0 records/],
    [
      'a record was lost',
      { ...report, audit: { ...report.audit, inLogs: { ...report.audit.inLogs, lost: 2 } } },
      seen,
      /^2 acknowledged records/,
    ],
    ['a record was doubled', { ...report, audit: { ...report.audit, doubled: 2 } }, seen, /^2 records were doubled/],
  ];
}

describe('a rejected deployment is clean', () => {
  test('when everything is as it was', () => {
    assert.deepEqual(failuresOf(rejected, observed), []);
  });
  test('also by a rollback before the flip, whose outcome is another', () => {
    assert.deepEqual(
      failuresOf({ ...rejected, scenario: 'rollback-before-flip', outcome: 'rolled-back' }, observed),
      [],
    );
  });
  spoils([
    ['it was deployed', { ...rejected, outcome: 'deployed' }, observed, /outcome is deployed, not rejected/],
    ['green is there', rejected, changed(observed, { green: 'DELETE_FAILED' }), /stack is DELETE_FAILED, not gone/],
    [
      'green was given a record',
      { ...rejected, audit: { ...onBlue, acknowledgedOnGreen: 1 } },
      observed,
      /^1 records were acknowledged on green/,
    ],
    [
      'little went to blue',
      { ...rejected, audit: { ...onBlue, acknowledgedOnBlue: 10 } },
      observed,
      /^Only 10 records/,
    ],
    ...aroundBlue(rejected, observed),
  ]);
  test('not when nobody looked around', () => {
    assert.ok(failuresOf(rejected, { ...observed, around: null }).includes('Nobody looked around blue.'));
  });
});

describe('a deployment that was rolled back after the flip is clean', () => {
  test('when blue is as it was, and green keeps what both the run and the auditor count', () => {
    assert.deepEqual(failuresOf(rolledBack, kept), []);
  });
  spoils([
    [
      'the run counts otherwise',
      { ...rolledBack, stranded: { orders: '600', payments: '299' } },
      kept,
      /"payments":299.*"payments":300/,
    ],
    ['the run counts nothing', { ...rolledBack, stranded: null }, kept, /^The run counts \{\} on green/],
    ['green is gone', rolledBack, changed(kept, { green: 'absent' }), /stack is absent, not kept/],
    [
      'green takes records',
      rolledBack,
      { ...kept, tools: kept.tools.map(tool => ({ ...tool, agrees: false })) },
      /tool disagrees/,
    ],
    ['nobody tried to write to green', rolledBack, { ...kept, tools: [] }, /was not asked/],
    ...aroundBlue(rolledBack, kept),
  ]);
  test('not when hardly anything was on green, which would show nothing', () => {
    const audit = { ...rolledBack.audit, stranded: { orders: 6 } };
    assert.match(failuresOf({ ...rolledBack, audit, stranded: { orders: '6' } }, kept).join('\n'), /^Only 6 records/);
  });
});

describe('a drain that was blocked is clean', () => {
  const blocked: DemoReport = { ...deployed, scenario: 'drain-blocked' };
  const seen: Observed = { ...observed, tools, around: null, holds: ['Not every group …: archive: 12 offsets left.'] };
  test('when the run held for the group by its name and was deployed', () => {
    assert.deepEqual(failuresOf(blocked, seen), []);
  });
  spoils([
    ['it never held', blocked, { ...seen, holds: [] }, /never held for archive/],
    ['it held for another', blocked, { ...seen, holds: ['billing: 3 offsets left'] }, /never held for archive/],
  ]);
});

describe("others' clients", () => {
  const [group, ...others] = deployed.audit.groups;
  assert.ok(group);
  const harmed: DemoReport = {
    ...deployed,
    clients: 'plain',
    givenUp: { TIMED_OUT: 3 },
    audit: { ...deployed.audit, lost: 4, doubled: 9, reordered: 2, groups: [{ ...group, lost: 4 }, ...others] },
  };
  const seen: Observed = { ...observed, tools, around: null };
  test('are harmed by their own doing: it is counted, and the run is clean', () => {
    assert.deepEqual(failuresOf(harmed, seen), []);
    assert.ok(failuresOf({ ...harmed, clients: 'library' }, seen).length >= 4);
  });
  test('never have an acknowledged record lost in the logs by the deployment', () => {
    const audit = { ...harmed.audit, inLogs: { ...harmed.audit.inLogs, lost: 1 } };
    assert.deepEqual(failuresOf({ ...harmed, audit }, seen), ['1 acknowledged records are in no log.']);
  });
});

test('every check has a sentence for either case', () => {
  for (const [report, seen] of [
    [deployed, { ...observed, tools }],
    [rejected, observed],
    [rolledBack, kept],
  ] as const)
    for (const { says, otherwise } of checksOf(report, seen)) {
      assert.match(says, /\S/);
      assert.match(otherwise, /\S/);
    }
});
