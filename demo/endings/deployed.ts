/** Blue was given up: by proof, with its ledger, and with Kafka's own tools agreeing. */
import { type Check, check } from '../check.ts';
import type { Observed } from '../observed.ts';
import type { DemoReport } from '../report/demo-report.ts';
import { BLOCKED_GROUP } from '../scenarios/drain-blocked.ts';

const LEAST_PRODUCED = 20_000;
const LEAST_ON_EACH_SIDE = 5_000;
const PHASES = 12;

export function deployedChecks(report: DemoReport, { tools, holds }: Observed): Check[] {
  const { audit, ledger, outcome, phases, scenario } = report;
  const done = phases.filter(phase => phase.end !== null).length;
  return [
    check(outcome === 'deployed', 'The outcome is deployed.', `The outcome is ${outcome}, not deployed.`),
    check(
      audit.produced >= LEAST_PRODUCED,
      `${audit.produced} records were produced.`,
      `Only ${audit.produced} records were produced, ${LEAST_PRODUCED} are needed.`,
    ),
    ...(
      [
        ['blue', audit.acknowledgedOnBlue],
        ['green', audit.acknowledgedOnGreen],
      ] as const
    ).map(([side, count]) =>
      check(
        count >= LEAST_ON_EACH_SIDE,
        `${count} records were acknowledged on ${side}.`,
        `Only ${count} records were acknowledged on ${side}, not ${LEAST_ON_EACH_SIDE}.`,
      ),
    ),
    ...tools.map(({ asked, agrees, saw }) =>
      check(agrees, `${asked} ${saw}`, `Kafka's own tool disagrees. ${asked} ${saw}`),
    ),
    check(
      tools.length > 0,
      "Kafka's own tools were asked.",
      "Kafka's own tools were not asked before blue was deleted.",
    ),
    check(done === PHASES, 'All phases ended.', `${done} of ${PHASES} phases ended.`),
    check(ledger !== null && ledger.rows > 0, 'There is a drain ledger.', 'There is no drain ledger.'),
    ...(ledger === null
      ? []
      : [
          check(
            ledger.drained === ledger.rows,
            `All ${ledger.rows} rows of the ledger are drained.`,
            `${ledger.drained} of ${ledger.rows} ledger rows are drained.`,
          ),
        ]),
    ...(scenario === 'drain-blocked' ? [heldForItsGroup(holds)] : []),
  ];
}

function heldForItsGroup(holds: readonly string[]): Check {
  return check(
    holds.some(reason => reason.includes(`${BLOCKED_GROUP}: `)),
    `The run held for ${BLOCKED_GROUP}, by name, until it was read on.`,
    `The run never held for ${BLOCKED_GROUP}.`,
  );
}
