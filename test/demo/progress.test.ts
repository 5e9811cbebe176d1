import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status, WaitingFor } from '../../contract/status.ts';
import { renderAuditTable } from '../../demo/audit-table.ts';
import { audit } from '../../demo/auditor/audit.ts';
import { renderBlock, renderLine } from '../../demo/progress.ts';
import { groupLag } from '../../demo/samples.ts';
import { recording } from './report/recording.ts';

const SINCE = '2026-11-21T10:00:00.000Z';

function statusWaitingFor(waitingFor: WaitingFor | null): Status {
  const cluster = { stack: 's', clusterId: null, version: null, mode: null };
  const phase = { startedAt: SINCE, endedAt: null, evidence: null };
  return {
    cluster: 'orders',
    deployment: '0123456789ab',
    workflowId: 'kafka-bluegreen-orders',
    runId: 'run',
    record: 'kafka.orders.example.com',
    requestedBy: 'ada',
    order: 'per-producer',
    stall: null,
    blue: cluster,
    green: cluster,
    phase: 'settle',
    outcome: null,
    phases: [
      { ...phase, phase: 'flip', state: 'done', detail: null },
      { ...phase, phase: 'settle', state: 'running', detail: 'no end moved for 2 s' },
    ],
    waitingFor,
    rollback: { possible: true, why: '' },
    wayBack: null,
    ending: null,
    attention: ['restart now: reports'],
    approvals: [],
    waivers: [],
    ignored: { count: 0, last: [] },
  };
}

const view = (status: Status | null) => ({
  elapsedMs: 84_200,
  status,
  samples: recording().samples.slice(0, 100),
  produced: 55_000,
  acknowledged: 54_900,
});

describe('progress', () => {
  test('shows the phase, what it does, both ends with their speed, the lag of each group and what needs a look', () => {
    const block = renderBlock(view(statusWaitingFor(null))).join('\n');
    assert.match(block, /^1:24 {2}settle: no end moved for 2 s$/m);
    assert.match(block, /✓ flip {2}▸ settle/);
    assert.match(block, /blue {4}61,100 \(\+0\/s\)/);
    assert.match(block, /green {3}[\d,]+ \(\+\d+\/s\)/);
    assert.match(block, /archive \d+\/[\d,]+/);
    assert.match(block, /55,000, acknowledged 54,900/);
    assert.match(block, /restart now: reports/);
  });

  test('says what is waited for', () => {
    const gate = { kind: 'gate', gate: 'flip', since: SINCE, deadline: null, command: '' } as const;
    const hold = { kind: 'hold', phase: 'settle', since: SINCE, reason: 'orders still grows.', command: '' } as const;
    const pause = { kind: 'pause', since: SINCE, by: 'ada', command: '' } as const;
    const line = (waitingFor: WaitingFor) => renderLine(view(statusWaitingFor(waitingFor)));
    assert.match(line(gate), /settle: waits for the approval of flip \|/);
    assert.match(line(hold), /settle: holds\. orders still grows\. \|/);
    assert.match(line(pause), /settle: paused by ada \|/);
  });

  test('says that a cluster is not there rather than that it holds nothing', () => {
    const none = { ...view(null), samples: [] };
    assert.match(renderLine(none), /^1:24 {2}starting \| blue not there \| green not there \| lag not known yet$/);
  });
});

describe('the lag of a group', () => {
  const ends = [
    { topic: 'orders', partition: 0, offset: 10 },
    { topic: 'orders', partition: 1, offset: 7 },
    { topic: 'clicks', partition: 0, offset: 99 },
  ];

  test('counts its own topics, in full where it never committed, and never below zero', () => {
    assert.equal(groupLag(ends, new Map([['orders-0', 4]]), ['orders']), 6 + 7);
    assert.equal(
      groupLag(
        ends,
        new Map([
          ['orders-0', -1],
          ['orders-1', 9],
        ]),
        ['orders'],
      ),
      10,
    );
  });
});

describe('the audit table', () => {
  test('has a row for the logs and one for each group, and ends with the verdict', () => {
    const rows = { stream: Float64Array.of(0, 0), sequence: Float64Array.of(0, 1) };
    const lines = renderAuditTable(
      audit({
        streams: [{ topic: 'orders', key: 'k', producer: 'p' }],
        produced: 2,
        acknowledged: { ...rows, atMs: Float64Array.of(1_000, 1_200) },
        logs: [0, 1].map(sequence => ({
          cluster: ['blue', 'green'][sequence] ?? '',
          rows: { stream: Float64Array.of(0), sequence: Float64Array.of(sequence), partition: Float64Array.of(0) },
          stranded: false,
        })),
        groups: [{ group: 'billing', topics: ['orders'], handled: { ...rows, stream: Float64Array.of(0, 0) } }],
      }),
    );
    assert.match(lines[1] ?? '', /^both logs +2 +2 +0 +0 +0 +yes$/);
    assert.match(lines[2] ?? '', /^billing +2 +2 +0 +0 +0 +yes$/);
    assert.ok(lines.includes('write stall per partition: p50 200 ms, p99 200 ms, max 200 ms'));
    assert.equal(lines.at(-1), 'lost 0, doubled 0, reordered 0');
  });
});
