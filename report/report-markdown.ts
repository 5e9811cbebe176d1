/** The report as Markdown, for a change record or a CI summary. What others wrote stands in it as text, never as markup. Pure. */
import type { Report } from '../contract/report.ts';
import { inertMarkdown } from './inert.ts';
import { orderLines } from './order.ts';
import { describeCluster, took } from './plain.ts';
import { strandedRows } from './stranded.ts';

const MOST_BYTES = 2_000;
const text = (value: string) => inertMarkdown(value, MOST_BYTES);
const cell = (value: string) => text(value).replaceAll('|', '\\|');

export function renderReportMarkdown(report: Report): string {
  const { ledger, history } = report;
  const lines = [
    `# ${text(report.cluster)}: ${report.outcome ?? 'under way'}`,
    ...(report.ending === null ? [] : ['', text(report.ending)]),
    '',
    `${describeCluster(report.blue, text)} → ${describeCluster(report.green, text)}. Asked for by ${text(report.requestedBy)}, ${report.startedAt} to ${report.endedAt}, deployment \`${report.deployment}\`.`,
    '',
    ledger === null
      ? 'There is no drain ledger.'
      : `Drain ledger: **${ledger.drained} of ${ledger.rows}** rows of ${ledger.groups} groups drained, SHA-256 \`${ledger.sha256}\`.`,
    ...orderLines(report).map(line => `\n${line.replace('order', 'Order')}.`),
    ...table(
      ['phase', 'state', 'took', 'what was done or seen'],
      report.phases
        .filter(({ startedAt }) => startedAt !== null)
        .map(({ phase, state, startedAt, endedAt, detail }) => [phase, state, took(startedAt, endedAt), detail ?? '']),
    ),
    ...section('Stranded on green', strandedRows(report), ['topic', 'offsets']),
    ...section(
      'Approvals',
      report.approvals.map(a => [a.gate, a.verdict, a.by, a.at, a.reason ?? '']),
      ['gate', 'verdict', 'by', 'at', 'reason'],
    ),
    ...section(
      'Waivers',
      report.waivers.map(w => [`${w.kind} ${w.name}`, w.by, w.reason]),
      ['what', 'by', 'reason'],
    ),
    ...section(
      'Stragglers',
      report.stragglers.map(topic => [topic]),
      ['topic that was still written on blue'],
    ),
    ...section(
      'DNS after the flip',
      report.dns.map(d => [d.server, d.name, d.answer, d.at]),
      ['server', 'name', 'answer', 'at'],
    ),
    ...section(
      'Evidence',
      Object.entries(report.evidence).map(([what, { ref, sha256 }]) => [what, ref, sha256]),
      ['what', 'ref', 'SHA-256'],
    ),
    '',
    `Run \`${report.workflowId}\` \`${report.runId}\`: ${history.events} events, ${Math.round(history.bytes / 1_024)} KB of history.`,
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, rows: readonly (readonly string[])[], heading: readonly string[]): string[] {
  return rows.length === 0 ? [] : ['', `## ${title}`, ...table(heading, rows)];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (values: readonly string[]) => `| ${values.join(' | ')} |`;
  return ['', line(heading), line(heading.map(() => '---')), ...rows.map(row => line(row.map(cell)))];
}
