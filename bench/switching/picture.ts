/** A run of the bench drawn: bars of messages per second at each size, and of the stall of a flip. Pure. */
import { html, type Markup } from '../../report/markup.ts';
import type { SwitchingResults } from './results.ts';

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 110;
const BAR_PX = 18;
const STEP_PX = 26;
const TITLE_PX = 34;

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export function renderSwitchingPicture(results: SwitchingResults): string {
  const panels = panelsOf(results);
  const heights = panels.map(({ bars }) => TITLE_PX + bars.length * STEP_PX);
  const height = heights.reduce((sum, one) => sum + one, 10);
  const tops = heights.map((_, at) => heights.slice(0, at).reduce((sum, one) => sum + one, 0));
  return `${
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Messages per second by client and size, and the stall of a flip by client">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${panels.map((panel, at) => renderPanel(panel, tops[at] ?? 0))}
</svg>`.text
  }\n`;
}

function panelsOf({ steady, flip }: SwitchingResults): readonly Panel[] {
  const sizes = [...new Set(steady.map(({ messageBytes }) => messageBytes))];
  return [
    ...sizes.map(size => ({
      title: `Messages of ${size} B acknowledged per second`,
      bars: steady
        .filter(({ messageBytes }) => messageBytes === size)
        .map(({ client, messagesPerSecond: value }) => ({ name: client, value, label: value.toLocaleString('en') })),
    })),
    {
      title: 'Stall of a partition over a flip, 99th percentile, ms',
      bars: flip.map(({ client, stallMs, lost, doubled, reordered }) => ({
        name: client,
        value: stallMs.p99,
        label: `${stallMs.p99.toLocaleString('en')}  (${lost} / ${doubled} / ${reordered})`,
      })),
    },
  ];
}

function renderPanel({ title, bars }: Panel, top: number): Markup {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return html`<text x="${LEFT}" y="${top + 24}" font-weight="600" fill="#1f2933">${title}</text>
${bars.map((bar, at) => renderBar(bar, top + TITLE_PX + at * STEP_PX, most))}`;
}

function renderBar({ name, value, label }: Bar, top: number, most: number): Markup {
  const width = Math.max(1, Math.round((value / most) * (WIDTH - LEFT - RIGHT)));
  const fill = name.startsWith('kafka-bluegreen') ? '#1d7f5c' : '#9aa5b1';
  return html`<text x="${LEFT - 8}" y="${top + 13}" text-anchor="end" fill="#1f2933">${name}</text><rect x="${LEFT}" y="${top}" width="${width}" height="${BAR_PX}" rx="2" fill="${fill}"/><text x="${LEFT + width + 6}" y="${top + 13}" fill="#52606d">${label}</text>
`;
}
