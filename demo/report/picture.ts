/** The run as one picture that stands by itself: where records went, what groups had still to read, and the phases meanwhile. */
import { html, Markup } from '../../report/markup.ts';
import { renderChart, WIDTH } from './chart.ts';
import type { DemoRecording } from './demo-report.ts';
import { lagSeries, momentOfFlip, rateSeries, type Series, spanOf } from './series.ts';
import { PICTURE_STYLE } from './style.ts';
import { renderTimeline, timelineHeight } from './timeline.ts';
import { describeVersion } from './words.ts';

const TITLE_PX = 54;
const HEADING_PX = 26;
const CHART_PX = 190;
const GAP_PX = 12;
const LEGEND_STEP_PX = 110;

/** An SVG document; the same recording gives the same bytes. */
export function renderDemoPicture(recording: DemoRecording): string {
  const { report, samples } = recording;
  const span = spanOf(recording);
  const flipMs = momentOfFlip(recording);
  const atMs = samples.map(sample => sample.atMs);
  const panel = (id: string, title: string, series: readonly Series[]) => ({
    title,
    series,
    heightPx: CHART_PX,
    drawing: renderChart({ id, title, atMs, span, flipMs, heightPx: CHART_PX, lines: series.map(({ line }) => line) }),
  });
  const panels = [
    panel('rates', 'Records per second, by cluster', rateSeries(samples)),
    panel('lag-blue', 'Lag on blue, by group', lagSeries(samples, 'blue')),
    {
      title: 'Phases',
      series: [],
      heightPx: timelineHeight(report.phases),
      drawing: renderTimeline(report.phases, span, flipMs),
    },
  ];
  let top = TITLE_PX;
  const placed = panels.map(({ title, series, heightPx, drawing }) => {
    const at = top;
    top += HEADING_PX + heightPx + GAP_PX;
    return html`<text class="heading" x="0" y="${at + 14}">${title}</text>${series.map(({ line }, i) => legend(line, WIDTH - (series.length - i) * LEGEND_STEP_PX, at))}
<svg x="0" y="${at + HEADING_PX}" width="${WIDTH}" height="${heightPx}">${drawing}</svg>`;
  });
  const { audit } = report;
  const sentence = `${audit.acknowledged.toLocaleString('en')} records acknowledged: ${audit.lost} lost, ${audit.doubled} doubled, ${audit.reordered} reordered`;
  const picture = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -16 ${WIDTH + 32} ${top + 32}" role="img" aria-label="${sentence}">
<style>${new Markup(PICTURE_STYLE)}</style>
<rect class="card" x="-16" y="-16" width="${WIDTH + 32}" height="${top + 32}" rx="12"/>
<text class="title" x="0" y="16">${describeVersion(report.blue)} → ${describeVersion(report.green)}</text>
<text class="soft" x="0" y="36">${sentence}</text>
${placed}
</svg>
`;
  return picture.text;
}

function legend({ name, tone }: Series['line'], x: number, y: number): Markup {
  return html`<line class="line ${tone}" x1="${x}" x2="${x + 16}" y1="${y + 10}" y2="${y + 10}"/><text class="tick" x="${x + 22}" y="${y + 14}">${name}</text>`;
}
