/**
 * `npm run demo`: a Kafka cluster replaced under live traffic, judged by an auditor that does not trust us. Exits 0 only when
 * the deployment is complete and nothing was lost, doubled or reordered.
 */
import { Client, Connection } from '@temporalio/client';
import type { Gate } from '../contract/phases.ts';
import type { Report } from '../contract/report.ts';
import type { Status } from '../contract/status.ts';
import { type LocalStack, type LocalWorker, startLocal } from '../local/stack.ts';
import { buildBlue, startTraffic } from './applications.ts';
import { renderAuditTable } from './audit-table.ts';
import { audit } from './auditor/audit.ts';
import { deploy } from './deployment.ts';
import { askKafkaTools } from './kafka-tools.ts';
import { Observers } from './observers.ts';
import { BLUE, GREEN, RECORD } from './request.ts';
import { removeResults, writeResults } from './results.ts';
import { Screen } from './screen.ts';
import { bootstrapOf } from './stack-outputs.ts';
import type { ToolCheck } from './tool-output.ts';
import { DEMO_APPLICATIONS, recordsPerSecond } from './traffic/shapes.ts';
import type { TrafficProcess } from './traffic/traffic-process.ts';
import { untilHandled } from './until-handled.ts';
import { demoReport, failuresOf } from './verdict.ts';
import { why } from './why.ts';

const READ_WITHIN_MS = 60_000;
const screen = new Screen(process.stdout);
const cleanups: (() => Promise<void>)[] = [];
const startedAtMs = Date.now();

async function runDemo(): Promise<number> {
  await removeResults();
  const local = await startLocal({ log: line => screen.say(line) });
  cleanups.push(() => local.stop());
  let status: Status | null = null;
  const observers = new Observers(local.dns.resolver, () => status?.phase ?? null);
  cleanups.push(() => observers.stop());

  screen.say(`Blue: ${BLUE.stack}, Kafka ${BLUE.kafkaVersion} on ZooKeeper, known as ${RECORD}`);
  const blue = await buildBlue(local);
  await observers.observe('blue', blue.bootstrap);
  const traffic = await startTraffic(local, observers);
  cleanups.push(async () => traffic.kill());
  const { topics, groups } = DEMO_APPLICATIONS;
  screen.say(
    `Traffic: ${topics.length} topics, ${groups.length} groups, ${recordsPerSecond(DEMO_APPLICATIONS)} records a second`,
  );
  screen.follow(() => ({
    elapsedMs: Date.now() - startedAtMs,
    status,
    samples: observers.sampler.samples,
    produced: observers.journal.produced,
    acknowledged: observers.journal.acknowledgedCount,
  }));

  const worker = await local.startWorker();
  const connection = await Connection.connect({ address: local.temporal.address });
  cleanups.push(() => connection.close());
  let green: string | null = null;
  let tools: ToolCheck[] = [];
  let webUi = local.temporal.webUi;
  const deployed = deploy(new Client({ connection }), {
    started(workflowId, runId) {
      webUi = `${local.temporal.webUi}/namespaces/default/workflows/${workflowId}/${runId}`;
      screen.say(`Green: ${GREEN.stack}, Kafka ${GREEN.kafkaVersion} on KRaft. The run: ${webUi}`);
    },
    async looked(seen) {
      status = seen;
      if (green === null && seen.green.clusterId !== null) {
        green = await bootstrapOf(GREEN.stack, local);
        await observers.observe('green', green);
      }
    },
    async beforeApproval(gate, seen) {
      showGate(gate, seen);
      if (gate === 'decommission') tools = await lookBeforeDeletion(local, observers, blue.bootstrap, green);
    },
  });
  const run = await Promise.race([deployed, traffic.broken, brokenWorker(worker)]);
  return finish(run, { observers, traffic, tools, webUi });
}

async function brokenWorker(worker: LocalWorker): Promise<never> {
  const how = await worker.exited;
  throw new Error(`The worker process ended with ${how}. Its log is ${worker.logFile}.`);
}

function showGate(gate: Gate, status: Status): void {
  const done = status.phases.filter(({ state }) => state === 'done');
  screen.say(`Approval of ${gate} by the demo, after:`);
  for (const { phase, detail } of done) screen.say(`  ✓ ${phase}${detail === null ? '' : `: ${detail}`}`);
}

/** The auditor must have read all of blue, and Kafka's own tools must agree, before anybody approves its end. */
async function lookBeforeDeletion(local: LocalStack, observers: Observers, blue: string, green: string | null) {
  if (green === null) throw new Error(`Blue is to be deleted, but the demo never saw ${GREEN.stack}.`);
  await observers.readToEnd('blue', READ_WITHIN_MS);
  const tools = await askKafkaTools(
    (version, mainClass, args) => local.runKafkaTool(version, mainClass, args),
    { version: BLUE.kafkaVersion, bootstrap: blue },
    { version: GREEN.kafkaVersion, bootstrap: green },
  );
  for (const { asked, agrees, saw } of tools) screen.say(`  ${agrees ? '✓' : '✗'} ${asked} ${saw}`);
  const against = tools.find(({ agrees }) => !agrees);
  if (against) throw new Error(`Blue is not given up: Kafka's own tool disagrees. ${against.asked} ${against.saw}`);
  return tools;
}

interface Seen {
  readonly observers: Observers;
  readonly traffic: TrafficProcess;
  readonly tools: readonly ToolCheck[];
  readonly webUi: string;
}

async function finish(run: Report, { observers, traffic, tools, webUi }: Seen): Promise<number> {
  const { journal, sampler } = observers;
  await traffic.stopProducing();
  await observers.readToEnd(run.outcome === 'deployed' ? 'green' : 'blue', READ_WITHIN_MS);
  await untilHandled(journal, DEMO_APPLICATIONS.groups, READ_WITHIN_MS);
  await traffic.stop();
  screen.rest();

  const result = audit(journal.toInput());
  const report = demoReport(run, result, webUi);
  const failures = failuresOf(report, { tools, refused: traffic.refused, foreign: journal.foreign });
  const written = await writeResults({ report, samples: sampler.samples, stalls: result.stalls, tools, failures });
  for (const line of ['', ...renderAuditTable(result), '', written.figures, written.page]) screen.say(line);
  for (const failure of failures) screen.say(`✗ ${failure}`);
  screen.say(failures.length === 0 ? `✓ ${run.outcome}: ${webUi}` : `✗ ${run.outcome}, but not clean`);
  return failures.length === 0 ? 0 : 1;
}

async function interruption(): Promise<number> {
  const signal = await new Promise<NodeJS.Signals>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  screen.say(`${signal}: ending everything`);
  return signal === 'SIGINT' ? 130 : 143;
}

async function exitCode(): Promise<number> {
  try {
    return await Promise.race([runDemo(), interruption()]);
  } catch (error) {
    screen.say(`✗ ${why(error)}`);
    return 1;
  }
}

const code = await exitCode();
screen.rest();
for (const cleanup of cleanups.toReversed()) await cleanup().catch((error: unknown) => screen.say(why(error)));
process.exit(code);
