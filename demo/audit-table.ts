/** The audit as a table of plain text. */
import type { AuditResult } from './auditor/audit.ts';

const COLUMNS = ['', 'expected', 'seen', 'lost', 'doubled', 'reordered', 'complete'];

export function renderAuditTable(audit: AuditResult, givenUp: Readonly<Record<string, number>> = {}): string[] {
  const { inLogs, writeStallMs: stall } = audit;
  const rows = [
    ['both logs', audit.acknowledged, audit.read, inLogs.lost, inLogs.doubled, inLogs.reordered, inLogs.lost === 0],
    ...audit.groups.map(g => [g.group, g.expected, g.handled, g.lost, g.doubled, g.reordered, g.complete] as const),
  ].map(row => row.map(cell => textOf(cell)));
  const widths = COLUMNS.map((name, column) => Math.max(name.length, ...rows.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    line(COLUMNS),
    ...rows.map(row => line(row)),
    '',
    ...strandedLine(audit),
    `produced ${textOf(audit.produced)}, acknowledged ${textOf(audit.acknowledged)}: ` +
      `${textOf(audit.acknowledgedOn['blue'] ?? 0)} on blue, ${textOf(audit.acknowledgedOn['green'] ?? 0)} on green`,
    ...(audit.stalls.length === 0
      ? []
      : [
          `write stall per partition: p50 ${textOf(stall.p50)} ms, p99 ${textOf(stall.p99)} ms, max ${textOf(stall.max)} ms`,
        ]),
    ...givenUpLine(givenUp),
    `lost ${audit.lost}, doubled ${audit.doubled}, reordered ${audit.reordered}`,
  ];
}

function strandedLine({ stranded }: AuditResult): string[] {
  const counts = Object.values(stranded);
  if (counts.length === 0) return [];
  return [`stranded on green: ${textOf(counts.reduce((sum, n) => sum + n, 0))} records of ${counts.length} topics`];
}

function givenUpLine(givenUp: Readonly<Record<string, number>>): string[] {
  const kinds = Object.entries(givenUp);
  if (kinds.length === 0) return [];
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return [`sends given up: ${textOf(total)} (${kinds.map(([why, count]) => `${why} ${textOf(count)}`).join(', ')})`];
}

function textOf(cell: string | number | boolean): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return typeof cell === 'number' ? cell.toLocaleString('en') : cell;
}
