/** The page's figures: tiles, and a table for each thing a reader may want to check. */

import { html, type Markup } from '../../report/markup.ts';
import type { AuditResult, PartitionStall } from '../auditor/audit.ts';
import type { Check } from '../check.ts';
import type { ToolCheck } from '../tool-output.ts';
import type { DemoReport } from './demo-report.ts';

const MOST_STALLS = 8;

type Audit = DemoReport['audit'];

export function renderTiles({ audit, ending }: DemoReport): Markup {
  const { stranded, writeStallMs: stall } = audit;
  const last =
    ending === 'deployed'
      ? tile('', `${number(stall.p50)} ms`, `median write stall, at most ${number(stall.max)} ms`)
      : tile('', number(sum(Object.values(stranded))), 'stay on green, where no group reads them');
  return html`<section class="tiles">
${harmTile('lost', audit.lost)}${harmTile('doubled', audit.doubled)}${harmTile('reordered', audit.reordered)}
${tile('', number(audit.acknowledged), `acknowledged of ${number(audit.produced)} produced`)}
${tile('blue', number(audit.acknowledgedOnBlue), 'acknowledged on blue')}
${tile('green', number(audit.acknowledgedOnGreen), 'acknowledged on green')}
${last}
</section>`;
}

export function renderGroups(audit: Audit): Markup {
  const { inLogs } = audit;
  return html`<section>
<h2>The audit</h2>
<p>Producers' acknowledgements × what both logs held × what each group's handler saw. ${number(audit.read)} records were read from the logs${inLogs.unacknowledged === 0 ? '' : `, ${number(inLogs.unacknowledged)} of them never acknowledged`}.</p>
<div class="scroll"><table>
<tr><th>where</th><th>expected</th><th>seen</th><th>lost</th><th>doubled</th><th>reordered</th><th>complete</th></tr>
<tr><td>both logs</td><td>${number(audit.acknowledged)}</td><td>${number(audit.read)}</td>${harm(inLogs.lost)}${harm(inLogs.doubled)}${harm(inLogs.reordered)}${complete(inLogs.lost === 0)}</tr>
${audit.groups.map(
  group =>
    html`<tr><td>group ${group.group}</td><td>${number(group.expected)}</td><td>${number(group.handled)}</td>${harm(group.lost)}${harm(group.doubled)}${harm(group.reordered)}${complete(group.complete)}</tr>`,
)}
</table></div>
</section>`;
}

export function renderStalls(stalls: readonly PartitionStall[], summary: AuditResult['writeStallMs']): Markup {
  if (stalls.length === 0) return html``;
  const longest = stalls.toSorted((a, b) => b.stallMs - a.stallMs).slice(0, MOST_STALLS);
  return html`<section>
<h2>Write stall at the flip</h2>
<p>Per partition: from the last acknowledgement on blue to the first on green. Half of ${stalls.length} partitions within ${number(summary.p50)} ms, 99 % within ${number(summary.p99)} ms.</p>
<div class="scroll"><table>
<tr><th>longest</th><th>ms</th></tr>
${longest.map(({ topic, partition, stallMs }) => html`<tr><td>${topic}-${partition}</td><td>${number(stallMs)}</td></tr>`)}
</table></div>
</section>`;
}

export function renderRun(report: DemoReport): Markup {
  const { ledger, history } = report;
  return html`<section>
<h2>The run</h2>
<dl>
<dt>workflow</dt><dd><code>${report.workflowId}</code></dd>
<dt>run</dt><dd><code>${report.runId}</code></dd>
<dt>blue</dt><dd>${report.blue.stack} <code>${report.blue.clusterId ?? 'unknown'}</code></dd>
<dt>green</dt><dd>${report.green.stack} <code>${report.green.clusterId ?? 'unknown'}</code></dd>
<dt>drain ledger</dt><dd>${ledger === null ? 'none' : html`${number(ledger.drained)} of ${number(ledger.rows)} rows drained`}</dd>
<dt>its SHA-256</dt><dd><code>${ledger?.sha256 ?? 'none'}</code></dd>
<dt>history</dt><dd>${number(history.events)} events, ${number(Math.ceil(history.bytes / 1024))} KiB</dd>
</dl>
</section>`;
}

export function renderTools(tools: readonly ToolCheck[]): Markup {
  if (tools.length === 0) return html``;
  return html`<section>
<h2>Kafka's own tools</h2>
<p>Asked through each load balancer's name, before blue was deleted or after it had returned.</p>
<div class="scroll"><table>
<tr><th>question</th><th>agrees</th><th>what it saw</th></tr>
${tools.map(
  ({ asked, agrees, saw }) =>
    html`<tr><td class="text">${asked}</td><td class="${agrees ? 'good' : 'bad'}">${agrees ? 'yes' : 'no'}</td><td class="text">${saw}</td></tr>`,
)}
</table></div>
</section>`;
}

/** What a rollback left behind: the run's count beside the auditor's. */
export function renderStranded({ audit, stranded, ending }: DemoReport): Markup {
  if (ending !== 'returned') return html``;
  const topics = [...new Set([...Object.keys(audit.stranded), ...Object.keys(stranded ?? {})])].toSorted();
  return html`<section>
<h2>What stays on green</h2>
<p>Written between the flip and the way back. Green keeps it, fenced, until somebody deletes it.</p>
<div class="scroll"><table>
<tr><th>topic</th><th>the run counts</th><th>the auditor read</th></tr>
${topics.map(topic => html`<tr><td>${topic}</td><td>${number(Number(stranded?.[topic] ?? 0))}</td><td>${number(audit.stranded[topic] ?? 0)}</td></tr>`)}
</table></div>
</section>`;
}

/** Sends of which nobody will know whether they were written. */
export function renderGivenUp({ givenUp }: DemoReport): Markup {
  const kinds = Object.entries(givenUp);
  if (kinds.length === 0) return html``;
  return html`<section>
<h2>Sends given up</h2>
<p>No acknowledgement came, and the application does not know whether the record was written.</p>
<div class="scroll"><table>
<tr><th>why</th><th>sends</th></tr>
${kinds.map(([why, count]) => html`<tr><td>${why}</td><td>${number(count)}</td></tr>`)}
</table></div>
</section>`;
}

export function renderChecks(checks: readonly Check[]): Markup {
  return html`<section>
<h2>What had to hold</h2>
<div class="scroll"><table>
${checks.map(({ holds, says, otherwise }) => html`<tr><td class="text">${holds ? says : otherwise}</td>${complete(holds)}</tr>`)}
</table></div>
</section>`;
}

function tile(tone: string, value: string, name: string): Markup {
  return html`<div class="tile ${tone}"><b>${value}</b><span>${name}</span></div>`;
}

function harmTile(name: string, count: number): Markup {
  return tile(count === 0 ? 'harm good' : 'harm bad', number(count), name);
}

function harm(count: number): Markup {
  return html`<td class="${count === 0 ? 'good' : 'bad'}">${number(count)}</td>`;
}

function complete(is: boolean): Markup {
  return html`<td class="${is ? 'good' : 'bad'}">${is ? 'yes' : 'no'}</td>`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function number(value: number): string {
  return value.toLocaleString('en');
}
