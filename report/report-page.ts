/** The report as one HTML page that needs nothing else: no script, no font, no network. Pure. */
import type { Report } from '../contract/report.ts';
import { html, type Markup } from './markup.ts';
import { orderLines } from './order.ts';
import { describeCluster, took } from './plain.ts';
import { REPORT_STYLE } from './report-style.ts';
import { strandedRows } from './stranded.ts';

export function renderReportPage(report: Report): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.cluster}: ${stateOf(report)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body><main>
<header><h1>${report.cluster}</h1><span class="badge ${report.outcome === 'deployed' ? 'good' : 'other'}">${stateOf(report)}</span>
<p>${describeCluster(report.blue)} → ${describeCluster(report.green)}</p>
<p>Asked for by ${report.requestedBy}; ${report.startedAt} to ${report.endedAt}, ${took(report.startedAt, report.endedAt)}; deployment <code>${report.deployment}</code></p></header>
${report.ending === null ? html`` : html`<section class="ending"><p>${report.ending}</p></section>`}
${timeline(report)}
${ledger(report)}
${section(
  'Order',
  ['what was asked for, and the stall'],
  orderLines(report).map(line => [line.replace('order: ', '')]),
)}
${section('Stranded on green', ['topic', 'offsets'], strandedRows(report))}
${section(
  'Phases',
  ['phase', 'state', 'took', 'what was done or seen'],
  begun(report).map(({ phase, state, startedAt, endedAt, detail }) => [
    phase,
    state,
    took(startedAt, endedAt).replaceAll(' ', '\u00a0'),
    detail ?? '',
  ]),
)}
${section(
  'Approvals',
  ['gate', 'verdict', 'by', 'at', 'reason'],
  report.approvals.map(a => [a.gate, a.verdict, a.by, a.at, a.reason ?? '']),
)}
${section(
  'Waivers',
  ['what', 'by', 'reason'],
  report.waivers.map(w => [`${w.kind} ${w.name}`, w.by, w.reason]),
)}
${section(
  'Stragglers',
  ['topic that was still written on blue'],
  report.stragglers.map(topic => [topic]),
)}
${section(
  'DNS after the flip',
  ['server', 'name', 'answer', 'at'],
  report.dns.map(d => [d.server, d.name, d.answer, d.at]),
)}
${section(
  'Evidence',
  ['what', 'ref', 'SHA-256'],
  Object.entries(report.evidence).map(([what, { ref, sha256 }]) => [what, ref, sha256]),
)}
<footer>Run ${report.workflowId} ${report.runId}: ${report.history.events} events, ${Math.round(report.history.bytes / 1_024)} KB of history.</footer>
</main></body>
</html>
`;
  return page.text;
}

const stateOf = (report: Report) => report.outcome ?? 'under way';
const begun = (report: Report) => report.phases.filter(phase => phase.startedAt !== null);

function ledger({ ledger: proof }: Report): Markup {
  if (proof === null) return html``;
  return html`<section><h2>Drain ledger</h2><p class="proof"><strong>${proof.drained} of ${proof.rows}</strong> rows of ${proof.groups} groups drained</p>
<p>SHA-256 <code>${proof.sha256}</code></p></section>`;
}

/** The phases as bars over the run's time. */
function timeline(report: Report): Markup {
  const start = Date.parse(report.startedAt);
  const span = Math.max(1, Date.parse(report.endedAt) - start);
  const percent = (at: string) => ((Date.parse(at) - start) / span) * 100;
  const bars = begun(report).map(({ phase, state, startedAt, endedAt }) => {
    const left = percent(startedAt ?? report.startedAt);
    const width = Math.max(0.4, percent(endedAt ?? report.endedAt) - left);
    const style = `left:${left.toFixed(2)}%;width:${width.toFixed(2)}%`;
    return html`<div class="lane"><span>${phase}</span><div><i class="${state}" style="${style}"></i></div><b>${took(startedAt, endedAt)}</b></div>
`;
  });
  return html`<section><h2>Where the time went</h2><div class="lanes">${bars}</div></section>`;
}

function section(title: string, heading: readonly string[], rows: readonly (readonly string[])[]): Markup {
  if (rows.length === 0) return html``;
  return html`<section><h2>${title}</h2><table><thead><tr>${heading.map(cell => html`<th>${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    row => html`<tr>${row.map(cell => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table></section>`;
}
