/** From values to places in a drawing; every chart of the page shares one time axis. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Place = (value: number) => number;

export function timeScale(span: Span, box: Box): Place {
  const width = box.width - box.left - box.right;
  const length = Math.max(span.toMs - span.fromMs, 1);
  return atMs => round(box.left + ((atMs - span.fromMs) / length) * width);
}

/** Zero at the bottom, the highest tick at the top. */
export function heightScale(highest: number, box: Box): Place {
  const height = box.height - box.top - box.bottom;
  return value => round(box.height - box.bottom - (value / Math.max(highest, 1)) * height);
}

/** Round steps (1, 2 or 5 times a power of ten) from zero to at least `highest`. */
export function ticks(highest: number, wanted: number): readonly number[] {
  const step = roundStep(Math.max(highest, 1) / wanted);
  return Array.from({ length: Math.ceil(Math.max(highest, 1) / step) + 1 }, (_, nth) => nth * step);
}

/** Whole steps of 5, 10, 15, 30 or 60 seconds and their multiples, at most `most` of them, from the start of the span. */
export function timeTicks(span: Span, most: number): readonly number[] {
  const seconds = (span.toMs - span.fromMs) / 1_000;
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 1_800].find(size => seconds / size <= most) ?? 3_600;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, nth) => span.fromMs + nth * step * 1_000);
}

/** Minutes and seconds since the start of the span. */
export function clock(atMs: number, span: Span): string {
  const seconds = Math.max(0, Math.round((atMs - span.fromMs) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** An SVG path through the known points; a gap where a value is not known. */
export function linePath(points: readonly (readonly [number, number] | null)[]): string {
  let path = '';
  let pen: 'up' | 'down' = 'up';
  for (const point of points) {
    if (point === null) {
      pen = 'up';
    } else {
      path += `${pen === 'up' ? 'M' : 'L'}${point[0]} ${point[1]}`;
      pen = 'down';
    }
  }
  return path;
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return ([1, 2, 5, 10].find(times => times * power >= least) ?? 10) * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
