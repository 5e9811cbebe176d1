/** The phases as bars on the page's time axis, one row each, with what each took. */

import { html, type Markup } from '../../report/markup.ts';
import { MARGIN, renderFlip, renderTimeAxis, WIDTH } from './chart.ts';
import type { DemoPhase } from './demo-report.ts';
import { type Box, type Span, timeScale } from './scale.ts';

const ROW_PX = 22;
const NARROWEST_PX = 2;

export function timelineHeight(phases: readonly DemoPhase[]): number {
  return phases.length * ROW_PX + 40;
}

export function renderTimeline(phases: readonly DemoPhase[], span: Span, flipMs: number | null): Markup {
  const box: Box = { width: WIDTH, height: timelineHeight(phases), ...MARGIN, top: 6, bottom: 26 };
  const x = timeScale(span, box);
  const rows = phases.map((phase, index) => renderRow(phase, box.top + index * ROW_PX, x, span, box));
  return html`<svg class="chart" id="phases" viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="Phases on a time line">
${rows}
${renderTimeAxis(span, box)}
${renderFlip(flipMs, x, box)}
<line class="cursor" x1="0" x2="0" y1="${box.top}" y2="${box.height - box.bottom}"/>
</svg>`;
}

function renderRow(phase: DemoPhase, y: number, x: (atMs: number) => number, span: Span, box: Box): Markup {
  const name = html`<text class="phase-name" x="${box.left - 10}" y="${y + 15}" text-anchor="end">${phase.phase}</text><line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${y + ROW_PX}" y2="${y + ROW_PX}"/>`;
  if (phase.start === null) return name;
  const from = x(Math.max(Date.parse(phase.start), span.fromMs));
  const to = x(phase.end === null ? span.toMs : Date.parse(phase.end));
  const width = Math.max(to - from, NARROWEST_PX);
  const seconds = phase.seconds === null ? '' : formatSeconds(phase.seconds);
  const fits = box.width - box.right - (from + width) > 60;
  return html`${name}<rect class="phase" x="${from}" y="${y + 4}" width="${width}" height="${ROW_PX - 8}" rx="3"><title>${phase.phase}: ${seconds}</title></rect><text class="phase-seconds" x="${fits ? from + width + 6 : from - 6}" y="${y + 15}" text-anchor="${fits ? 'start' : 'end'}">${seconds}</text>`;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
