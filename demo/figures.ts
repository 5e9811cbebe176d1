/** The demo's figures, from the run's own report, the audit, and what the applications gave up. */
import type { Report } from '../contract/report.ts';
import type { PhaseStatus } from '../contract/status.ts';
import type { AuditResult } from './auditor/audit.ts';
import type { DemoPhase, DemoReport } from './report/demo-report.ts';

export interface Shown extends Pick<DemoReport, 'scenario' | 'ending' | 'clients' | 'givenUp' | 'webUi'> {}

export function demoReport(run: Report, result: AuditResult, shown: Shown): DemoReport {
  const { ledger } = run;
  const { stalls: _stalls, acknowledgedOn, ...audit } = result;
  return {
    scenario: shown.scenario,
    ending: shown.ending,
    clients: shown.clients,
    outcome: run.outcome ?? 'not ended',
    blue: clusterOf(run.blue),
    green: clusterOf(run.green),
    audit: {
      ...audit,
      acknowledgedOnBlue: acknowledgedOn['blue'] ?? 0,
      acknowledgedOnGreen: acknowledgedOn['green'] ?? 0,
    },
    givenUp: shown.givenUp,
    // Uncounted is as bad as missing: the verdict asks for a count of every topic.
    stranded: run.stranded === 'unknown' ? null : run.stranded,
    phases: run.phases.map(phase => demoPhase(phase)),
    ledger: ledger === null ? null : { rows: ledger.rows, drained: ledger.drained, sha256: ledger.sha256 },
    history: run.history,
    workflowId: run.workflowId,
    runId: run.runId,
    webUi: shown.webUi,
  };
}

function clusterOf({ version, mode, clusterId, stack }: Report['blue']): DemoReport['blue'] {
  return { version, mode, clusterId, stack };
}

function demoPhase({ phase, startedAt, endedAt, evidence }: PhaseStatus): DemoPhase {
  const seconds = startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  return { phase, start: startedAt, end: endedAt, evidence, seconds };
}
