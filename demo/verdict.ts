/** Everything that must hold for the demo to be clean: what is promised to every client, and what this ending promises. */
import type { Check } from './check.ts';
import { check } from './check.ts';
import { deployedChecks } from './endings/deployed.ts';
import { returnedChecks } from './endings/returned.ts';
import { undoneChecks } from './endings/undone.ts';
import type { Observed } from './observed.ts';
import type { DemoReport } from './report/demo-report.ts';

const MOST_EVENTS = 350;
const MOST_BYTES = 256 * 1024;

export function checksOf(report: DemoReport, observed: Observed): Check[] {
  return [...promisedToAll(report, observed), ...promisedToLibrary(report), ...endingChecks(report, observed)];
}

/** One sentence for each thing that is not as promised; none when the run is clean. */
export function failuresOf(report: DemoReport, observed: Observed): string[] {
  return checksOf(report, observed).flatMap(({ holds, otherwise }) => (holds ? [] : [otherwise]));
}

function endingChecks(report: DemoReport, observed: Observed): Check[] {
  switch (report.ending) {
    case 'deployed':
      return deployedChecks(report, observed);
    case 'undone':
      return undoneChecks(report, observed);
    case 'returned':
      return returnedChecks(report, observed);
  }
}

/** Whatever client an application uses: the deployment itself loses nothing. */
function promisedToAll({ audit, history }: DemoReport, { foreign }: Observed): Check[] {
  return [
    check(
      audit.inLogs.lost === 0,
      'Every acknowledged record is in a log.',
      `${audit.inLogs.lost} acknowledged records are in no log.`,
    ),
    ...audit.groups.map(({ group, unexplained }) =>
      check(
        unexplained === 0,
        `Group ${group} handled nothing that no log held.`,
        `Group ${group} handled ${unexplained} records that the auditor read in neither log.`,
      ),
    ),
    check(
      foreign === 0,
      'Nobody else wrote into the logs.',
      `${foreign} records in the logs came from nobody the demo knows.`,
    ),
    check(
      history.events <= MOST_EVENTS,
      `The history has ${history.events} events.`,
      `The history has ${history.events} events, ${MOST_EVENTS} are allowed.`,
    ),
    check(
      history.bytes <= MOST_BYTES,
      `The history has ${history.bytes} bytes.`,
      `The history has ${history.bytes} bytes, ${MOST_BYTES} are allowed.`,
    ),
  ];
}

/** Other clients' harm is counted and shown; it is their own. */
function promisedToLibrary({ audit, clients, givenUp }: DemoReport): Check[] {
  if (clients !== 'library') return [];
  const [why] = Object.keys(givenUp);
  const count = Object.values(givenUp).reduce((sum, n) => sum + n, 0);
  return [
    ...audit.groups.map(({ group, lost }) =>
      check(
        lost === 0,
        `Group ${group} handled every record that it was to read.`,
        `Group ${group} never handled ${lost} records.`,
      ),
    ),
    check(audit.doubled === 0, 'No record was doubled.', `${audit.doubled} records were doubled.`),
    check(audit.reordered === 0, 'No record was reordered.', `${audit.reordered} records were reordered.`),
    check(count === 0, 'No send was given up.', `${count} sends were given up, the first kind was ${why ?? ''}.`),
  ];
}
