/**
 * The worker: the only place where the outside world is wired to the activities. SIGTERM and SIGINT let running steps end
 * their effect, then the process ends; whatever it was doing goes on in the next worker. A worker that cannot start says why and
 * ends, for its service manager to start it again; so does one that is told to end before it began.
 */
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../activities/create-activities.ts';
import { createAwsClients } from '../aws/clients.ts';
import { ExitCode } from '../contract/exit-codes.ts';
import type { TemporalPlace } from '../contract/temporal-trouble.ts';
import { openEvidenceStore } from '../evidence/open.ts';
import { connectCluster } from '../kafka/cluster.ts';
import { readConfiguration } from './configuration.ts';
import { resolveLogin } from './kafka-security.ts';
import { observations } from './observations.ts';
import { findRunOn } from './runs.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { SettingsError, startFailure, TemporalError } from './start-failure.ts';
import { temporalLogger } from './temporal-logger.ts';

/** Steps that are cut short by a shutdown are retried elsewhere; this long they may finish here. */
const SHUTDOWN_GRACE = '20s';
/** Temporal is there and answers within this, or the worker ends, to be started again. */
const ANSWER_WITHIN_MS = 20_000;

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const security = await resolveLogin(configuration.kafkaSecurity);
  const { connectionOptions, namespace = 'default' } = temporalSettings();
  const place = { address: connectionOptions.address ?? 'localhost:7233', namespace };
  const log = pino({ level: configuration.logLevel });
  // From here on the runtime takes the signals, and keeps the process alive until it is shut down or the process is told to exit.
  const early = endAtSignal();
  Runtime.install({ logger: temporalLogger(log), telemetryOptions: { logging: { forward: {} } } });
  const connection = await calling(place, () => Connection.connect(connectionOptions));
  const searchAttributes = await calling(place, () =>
    connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      return registerSearchAttributes(connection, namespace, log);
    }),
  );
  const aws = createAwsClients();
  const activities = createActivities({
    aws,
    stackRole: configuration.stackRole,
    evidence: openEvidenceStore(configuration.evidence),
    dnsServers: configuration.dnsServers,
    searchAttributes,
    connect: ({ bootstrap, clusterId }) =>
      connectCluster({
        bootstrap,
        clientId: 'kafka-bluegreen',
        security,
        ...(clusterId === undefined || clusterId === '' ? {} : { expectClusterId: clusterId }),
      }),
    security,
    findRun: findRunOn(connection, namespace),
    tell: observations(connection, namespace, log),
  });
  const polling = await calling(place, () => NativeConnection.connect(connectionOptions));
  const worker = await Worker.create({
    connection: polling,
    namespace,
    taskQueue: configuration.taskQueue,
    workflowBundle: { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) },
    activities,
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: '2s',
    ...(configuration.workerVersion !== null && {
      workerDeploymentOptions: {
        useWorkerVersioning: true,
        version: { deploymentName: 'kafka-bluegreen', buildId: configuration.workerVersion },
        defaultVersioningBehavior: 'PINNED' as const,
      },
    }),
  });
  log.info({ taskQueue: configuration.taskQueue, namespace }, 'worker ready');
  try {
    const ended = worker.run();
    early.over();
    await ended;
  } finally {
    // Each of them open keeps the process alive after its end.
    aws.destroy();
    await connection.close();
    await polling.close();
  }
}

function temporalSettings(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (cause) {
    throw new SettingsError('Temporal cannot be found.', { cause });
  }
}

async function calling<T>(place: TemporalPlace, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new TemporalError(place, error);
  }
}

/** Nothing runs yet that would have to end first. */
function endAtSignal(): { readonly over: () => void } {
  const end = (signal: string) => {
    process.stderr.write(`The worker ends before it began: ${signal}.\n`);
    process.exit(ExitCode.Done);
  };
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.once(signal, end);
  return {
    over: () => {
      for (const signal of signals) process.off(signal, end);
    },
  };
}

try {
  await main();
} catch (error) {
  const { exitCode, message } = startFailure(error);
  process.stderr.write(`${message}\n`);
  // Not by the exit code alone: the runtime has threads of its own that would keep a worker alive that polls nothing.
  process.exit(exitCode);
}
