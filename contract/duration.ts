/** Durations in requests are strings of a whole number and a unit: `500ms`, `5s`, `30m`, `72h`, `7d`. */
const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const pattern = /^(\d{1,11})\s*(ms|s|m|h|d)$/;

/** Longest duration a request may ask for: a year. Longer ones are typing errors, and timers have limits. */
const longestMs = 366 * units.d;

/** Milliseconds of a duration such as `72h`, or null when the text is not one or is longer than a year. */
export function parseDuration(text: string): number | null {
  const match = pattern.exec(text.trim());
  if (!match) return null;
  const ms = Number(match[1]) * units[match[2] as keyof typeof units];
  return ms <= longestMs ? ms : null;
}

/** The shortest exact form of a number of milliseconds: 90,000 is `90s`, 3,600,000 is `1h`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= units[unit] && ms % units[unit] === 0) return `${ms / units[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** A duration that was measured or estimated, rounded up to two digits or so: 100,000 ms is `100s`, 604,800,001 ms is `8d`. */
export function formatRoughly(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms >= 2 * units[unit]) return `${Math.ceil(ms / units[unit])}${unit}`;
  }
  return `${Math.ceil(ms / units.s)}s`;
}
