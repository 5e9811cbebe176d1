/** A recording as a run of about three minutes leaves it, made by formula: the page's tests and its look need one. */
import { PHASES } from '../../../contract/phases.ts';
import { check } from '../../../demo/check.ts';
import type { DemoRecording, Sample } from '../../../demo/report/demo-report.ts';

const START = Date.parse('2026-11-21T10:00:00Z');
const SECONDS = 190;
const FLIP = 94;
const GROUPS = ['billing', 'fulfilment', 'analytics', 'archive'];
const DURATIONS = [4, 45, 12, 11, 6, 6, 14, 8, 17, 9, 12, 26];

export function recording(): DemoRecording {
  const samples = Array.from({ length: SECONDS }, (_, second) => sampleAt(second));
  let at = START + 12_000;
  const phases = PHASES.map((phase, index) => {
    const start = at;
    at += (DURATIONS[index] ?? 0) * 1_000;
    const evidence = { ref: `file:${phase}`, sha256: 'ab'.repeat(32), bytes: 400 };
    return {
      phase,
      start: new Date(start).toISOString(),
      end: new Date(at).toISOString(),
      evidence,
      seconds: DURATIONS[index] ?? 0,
    };
  });
  return {
    report: {
      scenario: 'forward',
      ending: 'deployed',
      clients: 'library',
      outcome: 'deployed',
      blue: { version: '3.9.2', mode: 'zookeeper', clusterId: 'hVb2Jr8mTDaXq0pWcEk1uA', stack: 'kafka-orders-a' },
      green: { version: '4.3.1', mode: 'kraft', clusterId: 'Zk9oQe4fRLmBv7tYxNs2dw', stack: 'kafka-orders-b' },
      audit: {
        produced: 118_204,
        acknowledged: 118_204,
        acknowledgedOnBlue: 54_610,
        acknowledgedOnGreen: 63_594,
        stranded: {},
        read: 118_204,
        lost: 0,
        doubled: 0,
        reordered: 0,
        inLogs: { lost: 0, doubled: 0, reordered: 0, unacknowledged: 0 },
        groups: GROUPS.map((group, index) => ({
          group,
          expected: 40_000 + index * 1_301,
          handled: 40_000 + index * 1_301,
          lost: 0,
          doubled: 0,
          reordered: 0,
          unexplained: 0,
          complete: true,
        })),
        writeStallMs: { p50: 212, p99: 640, max: 655 },
      },
      givenUp: {},
      stranded: null,
      phases,
      ledger: { rows: 71, drained: 71, sha256: 'c4'.repeat(32) },
      history: { events: 214, bytes: 141_022 },
      workflowId: 'kafka-bluegreen-orders',
      runId: '019aa6f2-5d0c-7c1e-9d35-1b2f0f6c77aa',
      webUi: 'http://127.20.0.5:8233/namespaces/default/workflows/kafka-bluegreen-orders',
    },
    samples,
    stalls: Array.from({ length: 52 }, (_, nth) => ({ topic: 'orders', partition: nth, stallMs: 120 + nth * 10 })),
    tools: [
      {
        asked: 'ConsumerGroupCommand: is every group at the end on blue?',
        agrees: true,
        saw: '4 groups, 71 partitions, lag 0 on each',
      },
      {
        asked: 'VerifiableProducer: is a record refused by blue?',
        agrees: true,
        saw: 'orders: RecordTooLargeException',
      },
    ],
    checks: [check(true, 'No record was doubled.', '1 records were doubled.')],
  };
}

function sampleAt(second: number): Sample {
  const noise = (seed: number) => Math.sin(second * seed) * 18;
  const onBlue = Math.min(second, FLIP);
  const onGreen = Math.max(0, second - FLIP);
  const lag = GROUPS.map((group, index) => {
    const wave = index === 3 ? 300 + 250 * Math.sin(second / 2.5) : 30 + noise(index + 1);
    const drained = Math.max(0, 1 - Math.max(0, second - FLIP) / (index === 3 ? 22 : 4));
    const later = second < FLIP + 42 ? onGreen * 120 : Math.max(30, 42 * 120 - (second - FLIP - 42) * 700);
    return [
      group,
      {
        blue: second > 158 ? null : Math.round(wave * drained),
        green: second < 62 ? null : Math.round(onGreen === 0 ? 0 : later / (index + 1)),
      },
    ] as const;
  });
  return {
    atMs: START + second * 1_000,
    phase: 'drain',
    blueEnd: second > 158 ? null : Math.round(onBlue * 650 + (second < FLIP ? noise(1.7) : 0)),
    greenEnd: second < 62 ? null : Math.round(onGreen * 650 + (onGreen > 0 ? noise(2.3) + 18 : 0)),
    lag: Object.fromEntries(lag),
  };
}
