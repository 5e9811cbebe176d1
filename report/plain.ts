/** Pieces of plain text that several renderings share. Names and reasons of others stand in it on one line, without control sequences. */

import type { ClusterStatus } from '../contract/status.ts';

/** Would break lines, move the cursor or turn the reading direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** Text that somebody else chose, safe on a terminal: one line, nothing that moves the cursor. */
export function plain(text: string): string {
  return text.replace(unprintable, ' ');
}

/** The lines as columns, each as wide as its widest cell; the last is never padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)).concat(widest.slice(row.length)),
    [],
  );
  return rows.map(row =>
    (
      indent + row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 2))).join('')
    ).trimEnd(),
  );
}

/** A cluster by its stack, version and mode; `safe` makes text of others fit where it stands. */
export function describeCluster(
  { stack, version, mode }: ClusterStatus,
  safe: (text: string) => string = text => text,
): string {
  return version === null ? safe(stack) : `${safe(stack)} (Kafka ${safe(version)}, ${mode ?? 'mode unknown'})`;
}

/** How long something took, both ends ISO 8601; empty while one of them is open. */
export function took(startedAt: string | null, endedAt: string | null): string {
  return startedAt === null || endedAt === null ? '' : elapsed(Date.parse(endedAt) - Date.parse(startedAt));
}

/** How long, as a person says it: 4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
