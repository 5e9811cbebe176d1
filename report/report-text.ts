/** The report of a deployment as plain text. Pure. */
import type { Report } from '../contract/report.ts';
import { orderLines } from './order.ts';
import { columns, plain, took } from './plain.ts';
import { headline } from './status-text.ts';

export function renderReport(report: Report): string[] {
  const { ledger, history } = report;
  return [
    headline({ ...report, phase: report.phases.findLast(p => p.startedAt !== null)?.phase ?? 'preflight' }),
    ...(report.ending === null ? [] : [plain(report.ending)]),
    `asked for by ${plain(report.requestedBy)}; ${report.startedAt} to ${report.endedAt} (${took(report.startedAt, report.endedAt)})`,
    '',
    ...columns(
      report.phases
        .filter(phase => phase.startedAt !== null)
        .map(({ phase, state, startedAt, endedAt, detail }) => [
          phase,
          state,
          took(startedAt, endedAt),
          plain(detail ?? ''),
        ]),
    ),
    '',
    ledger === null
      ? 'drain ledger: none'
      : `drain ledger: ${ledger.drained} of ${ledger.rows} rows of ${ledger.groups} groups drained, sha256 ${ledger.sha256}`,
    ...orderLines(report),
    ...strandedLines(report),
    ...report.approvals.map(
      a => `${a.verdict}: ${a.gate} by ${plain(a.by)} at ${a.at}${a.reason === null ? '' : `: ${plain(a.reason)}`}`,
    ),
    ...report.waivers.map(w => `waived: ${w.kind} ${plain(w.name)} by ${plain(w.by)}: ${plain(w.reason)}`),
    ...(report.stragglers.length === 0 ? [] : [`stragglers wrote to: ${report.stragglers.map(plain).join(', ')}`]),
    ...report.dns.map(d => `dns: ${plain(d.server)} answered ${plain(d.answer)} for ${plain(d.name)} at ${d.at}`),
    ...Object.entries(report.evidence).map(([what, { ref }]) => `evidence: ${what} ${ref}`),
    `run: ${report.workflowId} ${report.runId}, ${history.events} events, ${Math.round(history.bytes / 1_024)} KB`,
  ];
}

function strandedLines({ stranded, green }: Report): string[] {
  if (stranded === null) return [];
  if (stranded === 'unknown') return [`stranded: unknown; ${plain(green.stack)} was deleted by somebody`];
  const topics = Object.entries(stranded);
  if (topics.length === 0) return [`stranded: none; ${plain(green.stack)} holds no record`];
  const total = topics.reduce((sum, [, count]) => sum + BigInt(count), 0n);
  return [
    `stranded: ${total} offsets stay on ${plain(green.stack)}, fenced and kept`,
    ...columns(
      topics.map(([topic, count]) => [plain(topic), count]),
      '  ',
    ),
  ];
}
