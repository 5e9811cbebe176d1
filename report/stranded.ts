import type { Report } from '../contract/report.ts';

/** What stays on green, as rows of topic and offsets for a table. Pure. */
export function strandedRows({ stranded }: Pick<Report, 'stranded'>): [topic: string, offsets: string][] {
  if (stranded === 'unknown') return [['all of green', 'unknown: somebody deleted it']];
  return Object.entries(stranded ?? {});
}
