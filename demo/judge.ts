/** The end of a demo: the applications finish, the auditor reads on to the last record, and everything that must hold is looked at. */
import type { Report } from '../contract/report.ts';
import type { LocalStack } from '../local/stack.ts';
import { until } from '../local/until.ts';
import type { Blue } from './applications.ts';
import { renderAuditTable } from './audit-table.ts';
import { audit } from './auditor/audit.ts';
import { demoReport } from './figures.ts';
import { producingTo } from './kafka-tools.ts';
import type { Observed } from './observed.ts';
import type { Observers } from './observers.ts';
import type { DemoOptions } from './options.ts';
import { GREEN } from './request.ts';
import { keepPicture, writeResults } from './results.ts';
import { recordsOn } from './scenarios/approving.ts';
import type { Ending, Scenario } from './scenarios/scenario.ts';
import type { Screen } from './screen.ts';
import { lookAround, type Surroundings } from './surroundings.ts';
import type { ToolCheck } from './tool-output.ts';
import type { Fleet } from './traffic/fleet.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';
import { untilHandled } from './until-handled.ts';
import { checksOf } from './verdict.ts';

const READ_WITHIN_MS = 60_000;
/** Records that show that blue is in service again. */
const ENOUGH_ON_BLUE = 2_000;
const FLOWS_WITHIN_MS = 60_000;

export interface Played {
  readonly options: DemoOptions;
  readonly scenario: Scenario;
  readonly local: LocalStack;
  readonly observers: Observers;
  readonly fleet: Fleet;
  readonly screen: Screen;
  readonly webUi: string;
  /** As it was before the deployment was asked for. */
  readonly before: Surroundings;
  readonly blue: Blue;
  /** Green's load balancer as name:port; null when it was never seen. */
  readonly green: string | null;
  readonly tools: readonly ToolCheck[];
  readonly holds: readonly string[];
}

/** Answers the exit code: 0 when all of it holds. */
export async function judge(run: Report, played: Played): Promise<number> {
  const { options, scenario, observers, fleet, screen, webUi } = played;
  const { journal, sampler } = observers;
  // A run that ended otherwise than it should is judged as what it is, and found wanting.
  const ended: Ending = run.outcome === 'deployed' ? 'deployed' : run.stranded === null ? 'undone' : 'returned';
  const takenByBlueSince = ended === 'deployed' ? 0 : await recordsThatBlueTakes(played);
  await fleet.stopProducing();
  if (ended !== 'deployed') await observers.readToEnd('blue', READ_WITHIN_MS);
  if (ended !== 'undone') await observers.readToEnd('green', READ_WITHIN_MS);
  if (ended === 'returned') journal.strand('green');
  await untilHandled(journal, DEMO_APPLICATIONS.groups, READ_WITHIN_MS);
  await fleet.stop();
  const looked = await lookAfter(ended, played);
  screen.rest();

  const result = audit(journal.toInput());
  const report = demoReport(run, result, {
    scenario: scenario.name,
    ending: scenario.ending,
    clients: options.clients,
    givenUp: fleet.givenUp,
    webUi,
  });
  const observed: Observed = { ...looked, takenByBlueSince, holds: played.holds, foreign: journal.foreign };
  const checks = checksOf(report, observed);
  const failures = checks.flatMap(({ holds, otherwise }) => (holds ? [] : [otherwise]));
  const recording = { report, checks, samples: sampler.samples, stalls: result.stalls, tools: observed.tools };
  const written = await writeResults(recording);
  for (const line of ['', ...renderAuditTable(result, report.givenUp), '']) screen.say(line);
  for (const { holds, says } of checks) if (holds) screen.say(`✓ ${says}`);
  for (const failure of failures) screen.say(`✗ ${failure}`);
  for (const line of ['', written.figures, written.page]) screen.say(line);
  if (failures.length === 0 && options.picture !== undefined) {
    await keepPicture(recording, options.picture);
    screen.say(options.picture);
  }
  screen.say(failures.length === 0 ? `✓ ${run.outcome}: ${webUi}` : `✗ ${run.outcome}, but not clean`);
  return failures.length === 0 ? 0 : 1;
}

/** Lets the applications work on after the way back, and answers how much of it blue took. */
async function recordsThatBlueTakes({ observers: { journal }, fleet }: Played): Promise<number> {
  const held = () => recordsOn({ journal }, 'blue');
  const before = held();
  const flows = until('blue takes records', async () => held() - before >= ENOUGH_ON_BLUE, {
    withinMs: FLOWS_WITHIN_MS,
  });
  // What it took until the deadline is the verdict's to judge.
  await Promise.race([flows.catch(() => undefined), fleet.broken]);
  return held() - before;
}

async function lookAfter(ended: Ending, played: Played): Promise<Pick<Observed, 'around' | 'tools'>> {
  const { local, before, blue, green, tools } = played;
  if (ended === 'deployed') return { around: null, tools };
  const after = await lookAround(local, blue.bootstrap);
  if (ended === 'undone' || green === null) return { around: { before, after }, tools };
  const target = { version: GREEN.kafkaVersion, bootstrap: green };
  const fenced = await producingTo(
    (version, mainClass, args) => local.runKafkaTool(version, mainClass, args),
    'green',
    target,
  );
  return { around: { before, after }, tools: [...tools, fenced] };
}
