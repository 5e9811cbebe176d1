/** The demo's page: one file, no network, drawn from the recording alone. */

import { html, json, Markup } from '../../report/markup.ts';
import { MARGIN, renderChart, WIDTH } from './chart.ts';
import type { DemoRecording } from './demo-report.ts';
import { POINTER } from './pointer.ts';
import { endSeries, lagSeries, momentOfFlip, rateSeries, type Series, spanOf } from './series.ts';
import { STYLE } from './style.ts';
import {
  renderChecks,
  renderGivenUp,
  renderGroups,
  renderRun,
  renderStalls,
  renderStranded,
  renderTiles,
  renderTools,
} from './tables.ts';
import { formatSeconds, renderTimeline } from './timeline.ts';
import { CLIENTS, describeVersion, WORDS } from './words.ts';

/** Renders the whole document; the same recording gives the same bytes. */
export function renderDemoReport(recording: DemoRecording): string {
  const { report, samples, checks } = recording;
  const failures = checks.flatMap(({ holds, otherwise }) => (holds ? [] : [otherwise]));
  const words = WORDS[report.ending];
  const span = spanOf(recording);
  const flipMs = momentOfFlip(recording);
  const atMs = samples.map(sample => sample.atMs);
  const rates = rateSeries(samples);
  const ends = endSeries(samples);
  const lagsOnBlue = lagSeries(samples, 'blue');
  const lagsOnGreen = lagSeries(samples, 'green');
  const chart = (id: string, title: string, sentence: string, series: readonly Series[], heightPx: number) => {
    const lines = series.map(({ line }) => line);
    if (!lines.some(({ values }) => values.some(value => value !== null))) return html``;
    return html`<section>
<h2>${title}</h2>
<p>${sentence}</p>
${legend(series)}
${renderChart({ id, title, atMs, span, flipMs, heightPx, lines })}
</section>`;
  };
  const [blue, green] = [report.blue, report.green].map(describeVersion);
  const clean = failures.length === 0;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.workflowId}: ${report.outcome}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${blue ?? ''} → ${green ?? ''}</h1>
<span class="badge${clean ? '' : ' bad'}">${clean ? report.outcome : `${report.outcome}, not clean`}</span>
<p class="way">${words.headline}, by applications with ${CLIENTS[report.clients]}, judged by an auditor that read both logs from the first record to the last.<br>${formatSeconds((span.toMs - span.fromMs) / 1_000)}, ${new Date(span.fromMs).toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
</header>
${clean ? '' : html`<ul class="failures">${failures.map(failure => html`<li>${failure}</li>`)}</ul>`}
${renderTiles(report)}
${chart('rates', 'Records per second, by cluster', words.rates, rates, 240)}
${chart('lag-blue', 'Lag on blue, by group', words.lagOnBlue, lagsOnBlue, 200)}
${chart('lag-green', 'Lag on green, by group', words.lagOnGreen, lagsOnGreen, 160)}
<section>
<h2>Phases</h2>
<p>The same time axis: what the workflow was doing meanwhile.</p>
${renderTimeline(report.phases, span, flipMs)}
</section>
${chart('ends', 'Ends of both clusters', 'Sums of the end offsets of all topics.', ends, 180)}
${renderGroups(report.audit)}
${renderStranded(report)}
${renderGivenUp(report)}
<div class="pair">
${renderStalls(recording.stalls, report.audit.writeStallMs)}
${renderRun(report)}
</div>
${renderTools(recording.tools)}
${renderChecks(checks)}
</main>
<script type="application/json" id="recording">${json({
    from: span.fromMs,
    to: span.toMs,
    left: MARGIN.left,
    right: MARGIN.right,
    width: WIDTH,
    at: atMs,
    series: Object.fromEntries(
      [...rates, ...ends, ...lagsOnBlue, ...lagsOnGreen].map(({ id, line }) => [id, line.values]),
    ),
  })}</script>
<script>${new Markup(POINTER)}</script>
</body>
</html>
`;
  return page.text;
}

function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(
    ({ id, line }) => html`<li><i class="${line.tone}"></i>${line.name} <b data-series="${id}"></b></li>`,
  )}</ul>`;
}
