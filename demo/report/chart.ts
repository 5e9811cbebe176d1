/** One line chart over the page's time axis: a grid, the flip, lines that may have gaps, each with an area below if wanted. */
import { html, Markup } from '../../report/markup.ts';
import { type Box, clock, heightScale, linePath, type Span, ticks, timeScale, timeTicks } from './scale.ts';

export interface Line {
  readonly name: string;
  /** A class of the style sheet that gives the line its colour. */
  readonly tone: string;
  readonly style: 'filled' | 'plain';
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** Times of the values, in milliseconds. */
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  readonly span: Span;
  readonly flipMs: number | null;
  readonly heightPx: number;
}

export const WIDTH = 960;
export const MARGIN = { left: 96, right: 16 };

export function renderChart(chart: Chart): Markup {
  const box: Box = { width: WIDTH, height: chart.heightPx, ...MARGIN, top: 12, bottom: 26 };
  const highestValue = Math.max(1, ...chart.lines.flatMap(line => line.values.map(value => value ?? 0)));
  const steps = ticks(highestValue, 4);
  const x = timeScale(chart.span, box);
  const y = heightScale(steps.at(-1) ?? 1, box);
  const bottom = box.height - box.bottom;
  return html`<svg class="chart" id="${chart.id}" viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${chart.title}">
${steps.map(step => html`<line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${y(step)}" y2="${y(step)}"/><text class="tick" x="${box.left - 10}" y="${y(step) + 4}" text-anchor="end">${compact(step)}</text>`)}
${renderTimeAxis(chart.span, box)}
${chart.lines.map(line => renderLine(line, chart.atMs, x, y, bottom))}
${renderFlip(chart.flipMs, x, box)}${renderFlipName(chart.flipMs, x, box)}
<line class="cursor" x1="0" x2="0" y1="${box.top}" y2="${bottom}"/>
</svg>`;
}

export function renderTimeAxis(span: Span, box: Box): Markup {
  const x = timeScale(span, box);
  const at = timeTicks(span, 14);
  return html`${at.map(ms => html`<text class="tick" x="${x(ms)}" y="${box.height - 8}" text-anchor="middle">${clock(ms, span)}</text>`)}`;
}

export function renderFlip(flipMs: number | null, x: (atMs: number) => number, box: Box): Markup {
  if (flipMs === null) return new Markup('');
  return html`<line class="flip" x1="${x(flipMs)}" x2="${x(flipMs)}" y1="${box.top}" y2="${box.height - box.bottom}"/>`;
}

function renderFlipName(flipMs: number | null, x: (atMs: number) => number, box: Box): Markup {
  if (flipMs === null) return new Markup('');
  return html`<text class="flip-name" x="${x(flipMs) + 6}" y="${box.top + 10}">flip</text>`;
}

function renderLine(
  line: Line,
  atMs: readonly number[],
  x: (value: number) => number,
  y: (value: number) => number,
  bottom: number,
): Markup {
  const points = line.values.map((value, index) =>
    value === null ? null : ([x(atMs[index] ?? 0), y(value)] as const),
  );
  const path = linePath(points);
  const known = points.filter(point => point !== null);
  const [first] = known;
  const last = known.at(-1);
  if (!first || !last) return new Markup('');
  const area = html`<path class="fill ${line.tone}" d="${linePath(known)}L${last[0]} ${bottom}L${first[0]} ${bottom}Z"/>`;
  const stroke = html`<path class="line ${line.tone}" d="${path}"/>`;
  return line.style === 'filled' ? html`${area}${stroke}` : stroke;
}

/** 950, 1.2k, 34k, 1.5M */
export function compact(value: number): string {
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`;
  if (value >= 1_000) return `${trim(value / 1_000)}k`;
  return trim(value);
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10);
}
