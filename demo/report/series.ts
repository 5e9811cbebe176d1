/** What is drawn of a recording: lines over one time axis. */
import type { Line } from './chart.ts';
import type { DemoRecording, Sample } from './demo-report.ts';
import type { Span } from './scale.ts';

export interface Series {
  readonly id: string;
  readonly line: Line;
}

export function rateSeries(samples: readonly Sample[]): Series[] {
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

export function endSeries(samples: readonly Sample[]): Series[] {
  const values = (end: (sample: Sample) => number | null) => samples.map(end);
  return [
    { id: 'end-blue', line: { name: 'blue', tone: 'blue', style: 'plain', values: values(s => s.blueEnd) } },
    { id: 'end-green', line: { name: 'green', tone: 'green', style: 'plain', values: values(s => s.greenEnd) } },
  ];
}

export function lagSeries(samples: readonly Sample[], colour: 'blue' | 'green'): Series[] {
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

export function spanOf({ report, samples }: DemoRecording): Span {
  const times = [
    ...samples.map(sample => sample.atMs),
    ...report.phases.flatMap(({ start, end }) => [start, end].flatMap(at => (at === null ? [] : [Date.parse(at)]))),
  ];
  return times.length === 0 ? { fromMs: 0, toMs: 0 } : { fromMs: Math.min(...times), toMs: Math.max(...times) };
}

/** The end of the phase flip: then the record had changed. */
export function momentOfFlip({ report }: DemoRecording): number | null {
  const end = report.phases.find(({ phase }) => phase === 'flip')?.end ?? null;
  return end === null ? null : Date.parse(end);
}
