/** The demo's page: one file, no network, drawn from the recording alone. */

import { html, json, Markup } from '../../report/markup.ts';
import { type Line, MARGIN, renderChart, WIDTH } from './chart.ts';
import type { DemoRecording, Sample } from './demo-report.ts';
import { POINTER } from './pointer.ts';
import type { Span } from './scale.ts';
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
import { CLIENTS, WORDS } from './words.ts';

interface Series {
  readonly id: string;
  readonly line: Line;
}

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
  const [blue, green] = [report.blue, report.green].map(
    cluster => `Kafka ${cluster.version ?? '?'} on ${modeName(cluster.mode)}`,
  );
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

function rateSeries(samples: readonly Sample[]): Series[] {
  const rate = (end: (sample: Sample) => number | null) =>
    samples.map((sample, index) => {
      const before = samples[index - 1];
      const now = end(sample);
      const then = before === undefined ? null : end(before);
      if (before === undefined || now === null || then === null) return null;
      return Math.max(0, ((now - then) * 1_000) / Math.max(sample.atMs - before.atMs, 1));
    });
  return [
    { id: 'rate-blue', line: { name: 'blue', tone: 'blue', style: 'filled', values: rate(s => s.blueEnd) } },
    { id: 'rate-green', line: { name: 'green', tone: 'green', style: 'filled', values: rate(s => s.greenEnd) } },
  ];
}

function endSeries(samples: readonly Sample[]): Series[] {
  const values = (end: (sample: Sample) => number | null) => samples.map(end);
  return [
    { id: 'end-blue', line: { name: 'blue', tone: 'blue', style: 'plain', values: values(s => s.blueEnd) } },
    { id: 'end-green', line: { name: 'green', tone: 'green', style: 'plain', values: values(s => s.greenEnd) } },
  ];
}

function lagSeries(samples: readonly Sample[], colour: 'blue' | 'green'): Series[] {
  const groups = [...new Set(samples.flatMap(sample => Object.keys(sample.lag)))];
  return groups.map((group, index) => ({
    id: `lag-${colour}-${index}`,
    line: {
      name: group,
      tone: `g${index % 4}`,
      style: 'plain',
      values: samples.map(sample => sample.lag[group]?.[colour] ?? null),
    },
  }));
}

function spanOf({ report, samples }: DemoRecording): Span {
  const times = [
    ...samples.map(sample => sample.atMs),
    ...report.phases.flatMap(({ start, end }) => [start, end].flatMap(at => (at === null ? [] : [Date.parse(at)]))),
  ];
  return times.length === 0 ? { fromMs: 0, toMs: 0 } : { fromMs: Math.min(...times), toMs: Math.max(...times) };
}

/** The end of the phase flip: then the record had changed. */
function momentOfFlip({ report }: DemoRecording): number | null {
  const end = report.phases.find(({ phase }) => phase === 'flip')?.end ?? null;
  return end === null ? null : Date.parse(end);
}

function modeName(mode: string | null): string {
  return mode === 'kraft' ? 'KRaft' : mode === 'zookeeper' ? 'ZooKeeper' : 'unknown metadata';
}
