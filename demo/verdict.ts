/** From the run's own report and the audit to the demo's figures, and to every reason why it does not count as clean. */

import type { Report } from '../contract/report.ts';
import type { PhaseStatus } from '../contract/status.ts';
import type { AuditResult } from './auditor/audit.ts';
import type { DemoPhase, DemoReport } from './report/demo-report.ts';
import type { ToolCheck } from './tool-output.ts';

const LEAST_PRODUCED = 20_000;
const LEAST_ON_EACH_SIDE = 5_000;
const MOST_EVENTS = 350;
const MOST_BYTES = 256 * 1024;
const PHASES = 12;

export function demoReport(run: Report, result: AuditResult, webUi: string): DemoReport {
  const { ledger } = run;
  const { stalls: _stalls, acknowledgedOn, ...audit } = result;
  return {
    outcome: run.outcome ?? 'not ended',
    blue: clusterOf(run.blue),
    green: clusterOf(run.green),
    audit: {
      ...audit,
      acknowledgedOnBlue: acknowledgedOn['blue'] ?? 0,
      acknowledgedOnGreen: acknowledgedOn['green'] ?? 0,
    },
    phases: run.phases.map(phase => demoPhase(phase)),
    ledger: ledger === null ? null : { rows: ledger.rows, drained: ledger.drained, sha256: ledger.sha256 },
    history: run.history,
    workflowId: run.workflowId,
    runId: run.runId,
    webUi,
  };
}

/** What else was seen during the run, beside the figures. */
export interface Observed {
  readonly tools: readonly ToolCheck[];
  /** Sends that a client gave up. */
  readonly refused: readonly string[];
  /** Records in the logs of the demo's topics that none of its producers sent. */
  readonly foreign: number;
}

/** One sentence for each thing that is not as promised; none when the run is clean. */
export function failuresOf(report: DemoReport, observed: Observed): string[] {
  const { audit, history, ledger } = report;
  const failures: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) failures.push(otherwise);
  };
  expect(report.outcome === 'deployed', `The outcome is ${report.outcome}, not deployed.`);
  expect(audit.lost === 0, `${audit.lost} records were lost.`);
  expect(audit.doubled === 0, `${audit.doubled} records were doubled.`);
  expect(audit.reordered === 0, `${audit.reordered} records were reordered.`);
  for (const { group, lost, unexplained } of audit.groups) {
    expect(lost === 0, `Group ${group} never handled ${lost} records.`);
    expect(unexplained === 0, `Group ${group} handled ${unexplained} records that the auditor read in neither log.`);
  }
  const [refused] = observed.refused;
  expect(refused === undefined, `${observed.refused.length} sends were given up, the first was ${refused}.`);
  expect(observed.foreign === 0, `${observed.foreign} records in the logs came from nobody the demo knows.`);
  expect(
    audit.produced >= LEAST_PRODUCED,
    `Only ${audit.produced} records were produced, ${LEAST_PRODUCED} are needed.`,
  );
  for (const [side, count] of [
    ['blue', audit.acknowledgedOnBlue],
    ['green', audit.acknowledgedOnGreen],
  ] as const)
    expect(
      count >= LEAST_ON_EACH_SIDE,
      `Only ${count} records were acknowledged on ${side}, not ${LEAST_ON_EACH_SIDE}.`,
    );
  for (const { asked, agrees, saw } of observed.tools) expect(agrees, `Kafka's own tool disagrees. ${asked} ${saw}`);
  expect(observed.tools.length > 0, "Kafka's own tools were not asked before blue was deleted.");
  const done = report.phases.filter(phase => phase.end !== null).length;
  expect(done === PHASES, `${done} of ${PHASES} phases ended.`);
  expect(ledger !== null && ledger.rows > 0, 'There is no drain ledger.');
  if (ledger) expect(ledger.drained === ledger.rows, `${ledger.drained} of ${ledger.rows} ledger rows are drained.`);
  expect(history.events <= MOST_EVENTS, `The history has ${history.events} events, ${MOST_EVENTS} are allowed.`);
  expect(history.bytes <= MOST_BYTES, `The history has ${history.bytes} bytes, ${MOST_BYTES} are allowed.`);
  return failures;
}

function clusterOf({ version, mode, clusterId, stack }: Report['blue']): DemoReport['blue'] {
  return { version, mode, clusterId, stack };
}

function demoPhase({ phase, startedAt, endedAt, evidence }: PhaseStatus): DemoPhase {
  const seconds = startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  return { phase, start: startedAt, end: endedAt, evidence, seconds };
}
