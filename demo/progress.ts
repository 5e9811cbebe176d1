/** The run as a person wants to see it: where it is, what it waits for, what both clusters and the groups do meanwhile. */
import type { PhaseStatus, Status } from '../contract/status.ts';
import type { Sample } from './report/demo-report.ts';

export interface ProgressView {
  readonly elapsedMs: number;
  readonly status: Status | null;
  readonly samples: readonly Sample[];
  readonly produced: number;
  readonly acknowledged: number;
}

const marks: Readonly<Record<PhaseStatus['state'], string>> = {
  waiting: '·',
  running: '▸',
  done: '✓',
  skipped: '–',
  failed: '✗',
};

/** The block that a terminal redraws. */
export function renderBlock(view: ProgressView): string[] {
  const { status } = view;
  const phases = (status?.phases ?? []).map(phase => `${marks[phase.state]} ${phase.phase}`);
  return [
    `${clock(view.elapsedMs)}  ${headline(status)}`,
    ...(phases.length === 0 ? [] : [`  phases  ${phases.join('  ')}`]),
    `  blue    ${ends(view.samples, 'blueEnd')}`,
    `  green   ${ends(view.samples, 'greenEnd')}`,
    `  lag     ${lags(view.samples)}`,
    `  sent    ${number(view.produced)}, acknowledged ${number(view.acknowledged)}`,
    ...(status?.attention ?? []).map(line => `  look    ${line}`),
  ];
}

/** The one line that a log gets every few seconds. */
export function renderLine(view: ProgressView): string {
  return [
    `${clock(view.elapsedMs)}  ${headline(view.status)}`,
    `blue ${ends(view.samples, 'blueEnd')}`,
    `green ${ends(view.samples, 'greenEnd')}`,
    `lag ${lags(view.samples)}`,
  ].join(' | ');
}

function headline(status: Status | null): string {
  if (status === null) return 'starting';
  const detail = status.phases.find(({ phase }) => phase === status.phase)?.detail;
  return `${status.phase}: ${waitingText(status) ?? detail ?? 'under way'}`;
}

function waitingText({ waitingFor }: Status): string | null {
  if (waitingFor === null) return null;
  if (waitingFor.kind === 'gate')
    return waitingFor.gate === 'bake' ? 'green carries everything' : `waits for the approval of ${waitingFor.gate}`;
  if (waitingFor.kind === 'hold') return `holds. ${waitingFor.reason}`;
  return `paused by ${waitingFor.by}`;
}

function ends(samples: readonly Sample[], which: 'blueEnd' | 'greenEnd'): string {
  const last = samples.at(-1);
  const before = samples.at(-4) ?? samples[0];
  const end = last?.[which] ?? null;
  const earlier = before?.[which] ?? null;
  if (!last || end === null) return 'not there';
  if (!before || earlier === null || last.atMs === before.atMs) return number(end);
  const perSecond = Math.max(0, Math.round(((end - earlier) * 1_000) / (last.atMs - before.atMs)));
  return `${number(end)} (+${number(perSecond)}/s)`;
}

function lags(samples: readonly Sample[]): string {
  const lag = Object.entries(samples.at(-1)?.lag ?? {});
  if (lag.length === 0) return 'not known yet';
  return lag
    .map(([group, { blue, green }]) => `${group} ${[blue, green].map(n => (n === null ? '–' : number(n))).join('/')}`)
    .join('  ');
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
