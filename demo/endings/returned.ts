/** The flip was taken back: blue serves as it was, and green keeps what it was given, fenced and counted. */
import { isDeepStrictEqual } from 'node:util';
import { type Check, check } from '../check.ts';
import type { Observed } from '../observed.ts';
import type { DemoReport } from '../report/demo-report.ts';
import { aroundBlue } from './around-blue.ts';

const LEAST_STRANDED = 500;

export function returnedChecks(report: DemoReport, observed: Observed): Check[] {
  const { audit, outcome, stranded } = report;
  const { tools, around } = observed;
  const byAuditor = nonZero(audit.stranded);
  const byRun = nonZero(stranded ?? {});
  const total = Object.values(byAuditor).reduce((sum, count) => sum + count, 0);
  const green = around?.after.green ?? 'unknown';
  return [
    check(outcome === 'rolled-back', 'The outcome is rolled-back.', `The outcome is ${outcome}, not rolled-back.`),
    check(
      stranded !== null && isDeepStrictEqual(byRun, byAuditor),
      `The run counts what stays on green as the auditor does, topic by topic: ${total} records of ${Object.keys(byAuditor).length} topics.`,
      `The run counts ${JSON.stringify(byRun)} on green, the auditor ${JSON.stringify(byAuditor)}.`,
    ),
    check(
      total >= LEAST_STRANDED,
      'Green had been written.',
      `Only ${total} records were written to green, not ${LEAST_STRANDED}: too few to show anything.`,
    ),
    check(green === 'CREATE_COMPLETE', 'Green is kept.', `Green's stack is ${green}, not kept.`),
    check(tools.length > 0, "Kafka's own tool was asked.", "Kafka's own tool was not asked whether green is fenced."),
    ...tools.map(({ asked, agrees, saw }) =>
      check(agrees, `${asked} ${saw}`, `Kafka's own tool disagrees. ${asked} ${saw}`),
    ),
    ...aroundBlue(report, observed),
  ];
}

/** Counts by topic, in order of topic; the run gives decimal strings. */
function nonZero(counts: Readonly<Record<string, number | string>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts)
      .map(([topic, count]): [string, number] => [topic, Number(count)])
      .filter(([, count]) => count > 0)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
