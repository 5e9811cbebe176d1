/** One run of the demo: blue and its applications, the deployment with its operator, the end, and the verdict. */
import { Client, Connection } from '@temporalio/client';
import { DeploymentClient } from '../client/deployment-client.ts';
import type { Report } from '../contract/report.ts';
import type { Status } from '../contract/status.ts';
import { type LocalStack, type LocalWorker, startLocal } from '../local/stack.ts';
import { buildBlue, startTraffic } from './applications.ts';
import { deploy, sendShown } from './deployment.ts';
import { judge } from './judge.ts';
import { askKafkaTools } from './kafka-tools.ts';
import { Observers } from './observers.ts';
import type { DemoOptions } from './options.ts';
import { BLUE, CLUSTER, GREEN, neededFor, RECORD } from './request.ts';
import { removeResults } from './results.ts';
import { carelessOwners } from './scenarios/careless-owners.ts';
import type { Scene } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';
import type { Screen } from './screen.ts';
import { bootstrapOf } from './stack-outputs.ts';
import { lookAround } from './surroundings.ts';
import type { ToolCheck } from './tool-output.ts';
import { DEMO_APPLICATIONS, recordsPerSecond } from './traffic/shapes.ts';

const READ_WITHIN_MS = 60_000;

export interface Stage {
  readonly screen: Screen;
  /** What is to be ended whatever happens, the last first. */
  readonly cleanups: (() => Promise<void>)[];
}

/** Answers the exit code. */
export async function runDemo(options: DemoOptions, { screen, cleanups }: Stage): Promise<number> {
  const startedAtMs = Date.now();
  const scenario = SCENARIOS[options.scenario];
  const say = (line: string) => screen.say(line);
  await removeResults();
  const local = await startLocal({ log: say });
  cleanups.push(() => local.stop());
  let status: Status | null = null;
  const observers = new Observers(local.dns.resolver, () => status?.phase ?? null);
  cleanups.push(() => observers.stop());

  say(`${scenario.name}: ${scenario.story}`);
  say(`Blue: ${BLUE.stack}, Kafka ${BLUE.kafkaVersion} on ZooKeeper, known as ${RECORD}`);
  const blue = await buildBlue(local, options.clients);
  await observers.observe('blue', blue.bootstrap);
  const fleet = await startTraffic(local, observers, options.clients);
  cleanups.push(async () => fleet.kill());
  const { topics, groups } = DEMO_APPLICATIONS;
  const rate = recordsPerSecond(DEMO_APPLICATIONS);
  say(
    `Traffic: ${topics.length} topics, ${groups.length} groups, ${rate} records a second, ${options.clients} clients`,
  );
  const before = await lookAround(local, blue.bootstrap);
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
  const deployment = new DeploymentClient(new Client({ connection }), CLUSTER);
  let green: string | null = null;
  let tools: ToolCheck[] = [];
  let webUi = local.temporal.webUi;
  const holds = new Set<string>();
  const scene: Scene = {
    say,
    fleet,
    journal: observers.journal,
    send: message => sendShown(deployment, message, say),
    lookBeforeDeletion: async () => {
      tools = await lookBeforeDeletion(local, observers, { blue: blue.bootstrap, green, say });
    },
  };
  const plays = [scenario.begin(scene), ...(options.clients === 'plain' ? [carelessOwners(scene)] : [])];
  const needed = neededFor(options.clients);
  for (const [key, value] of Object.entries(needed))
    say(`These clients know no signpost, so the request says besides: "${key}": ${JSON.stringify(value)}`);
  const deployed = deploy(
    deployment,
    { ...scenario.request, ...needed },
    {
      started(workflowId, runId) {
        webUi = `${local.temporal.webUi}/namespaces/default/workflows/${workflowId}/${runId}`;
        say(`Green: ${GREEN.stack}, Kafka ${GREEN.kafkaVersion} on KRaft. The run: ${webUi}`);
      },
      async looked(seen) {
        status = seen;
        if (seen.waitingFor?.kind === 'hold') holds.add(seen.waitingFor.reason);
        if (green === null && seen.green.clusterId !== null) {
          green = await bootstrapOf(GREEN.stack, local);
          await observers.observe('green', green);
        }
        for (const play of plays) await play(seen);
      },
    },
  );
  const run: Report = await Promise.race([deployed, fleet.broken, brokenWorker(worker)]);
  return judge(run, {
    options,
    scenario,
    local,
    observers,
    fleet,
    screen,
    webUi,
    before,
    blue,
    green,
    tools,
    holds: [...holds],
  });
}

async function brokenWorker(worker: LocalWorker): Promise<never> {
  const how = await worker.exited;
  throw new Error(`The worker process ended with ${how}. Its log is ${worker.logFile}.`);
}

/** The auditor must have read all of blue, and Kafka's own tools must agree, before anybody approves its end. */
async function lookBeforeDeletion(
  local: LocalStack,
  observers: Observers,
  { blue, green, say }: { blue: string; green: string | null; say: (line: string) => void },
): Promise<ToolCheck[]> {
  if (green === null) throw new Error(`Blue is to be deleted, but the demo never saw ${GREEN.stack}.`);
  await observers.readToEnd('blue', READ_WITHIN_MS);
  const tools = await askKafkaTools(
    (version, mainClass, args) => local.runKafkaTool(version, mainClass, args),
    { version: BLUE.kafkaVersion, bootstrap: blue },
    { version: GREEN.kafkaVersion, bootstrap: green },
  );
  for (const { asked, agrees, saw } of tools) say(`  ${agrees ? '✓' : '✗'} ${asked} ${saw}`);
  const against = tools.find(({ agrees }) => !agrees);
  if (against) throw new Error(`Blue is not given up: Kafka's own tool disagrees. ${against.asked} ${against.saw}`);
  return tools;
}
