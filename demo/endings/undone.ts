/** Everything was undone before the flip: as if nothing had been begun, but for the signpost. */
import { type Check, check } from '../check.ts';
import type { Observed } from '../observed.ts';
import type { DemoReport } from '../report/demo-report.ts';
import { aroundBlue } from './around-blue.ts';

const LEAST_ON_BLUE = 5_000;

export function undoneChecks(report: DemoReport, observed: Observed): Check[] {
  const { audit, outcome, scenario } = report;
  const wanted = scenario === 'reject' ? 'rejected' : 'rolled-back';
  const green = observed.around?.after.green ?? 'unknown';
  return [
    check(outcome === wanted, `The outcome is ${wanted}.`, `The outcome is ${outcome}, not ${wanted}.`),
    check(green === 'absent', 'Green is gone.', `Green's stack is ${green}, not gone.`),
    check(
      audit.acknowledgedOnBlue >= LEAST_ON_BLUE,
      `${audit.acknowledgedOnBlue} records were acknowledged on blue.`,
      `Only ${audit.acknowledgedOnBlue} records were acknowledged on blue, not ${LEAST_ON_BLUE}.`,
    ),
    check(
      audit.acknowledgedOnGreen === 0,
      'No record of an application went to green.',
      `${audit.acknowledgedOnGreen} records were acknowledged on green, which is gone.`,
    ),
    ...aroundBlue(report, observed),
  ];
}
