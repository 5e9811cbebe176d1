/** The table of soak runs as a page. Pure. */
import { tableRow } from './markdown.ts';

export interface DemoRun {
  readonly exitCode: number;
  readonly seconds: number;
  /** The demo's own report; null when the run ended before it wrote one. */
  readonly report: {
    readonly outcome: string;
    readonly audit: {
      readonly produced: number;
      readonly acknowledgedOnBlue: number;
      readonly acknowledgedOnGreen: number;
      readonly lost: number;
      readonly doubled: number;
      readonly reordered: number;
      readonly writeStallMs: { readonly p50: number; readonly p99: number; readonly max: number };
    };
    readonly ledger: { readonly rows: number; readonly drained: number };
    readonly history: { readonly events: number; readonly bytes: number };
  } | null;
}

const heading = [
  'run',
  'outcome',
  'produced',
  'on blue',
  'on green',
  'lost',
  'doubled',
  'reordered',
  'stall p50 / p99 / max ms',
  'ledger',
  'history',
  'seconds',
];

export function renderSoakPage(runs: readonly DemoRun[], date: string): string {
  const clean = runs.filter(r => r.exitCode === 0).length;
  const lines = [
    '# Soak',
    '',
    `\`npm run soak -- demo ${runs.length}\` on ${date}: ${clean} of ${runs.length} runs clean. Each replaces Kafka 3.9 on ZooKeeper by Kafka 4 on KRaft under live traffic, judged by the auditor. This page is written by that command.`,
    '',
    tableRow(heading),
    tableRow(heading.map(() => '---')),
    ...runs.map((run, i) => tableRow([String(i + 1), ...cells(run)])),
  ];
  return `${lines.join('\n')}\n`;
}

function cells({ report, exitCode, seconds }: DemoRun): string[] {
  if (report === null) return [`no report, code ${exitCode}`, ...Array<string>(9).fill(''), String(seconds)];
  const { audit, ledger, history, outcome } = report;
  const stall = audit.writeStallMs;
  return [
    outcome,
    ...[
      audit.produced,
      audit.acknowledgedOnBlue,
      audit.acknowledgedOnGreen,
      audit.lost,
      audit.doubled,
      audit.reordered,
    ].map(String),
    `${Math.round(stall.p50)} / ${Math.round(stall.p99)} / ${Math.round(stall.max)}`,
    `${ledger.drained} of ${ledger.rows} rows`,
    `${history.events} events, ${Math.round(history.bytes / 1_024)} KB`,
    String(seconds),
  ];
}
