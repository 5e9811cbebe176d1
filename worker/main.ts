/**
 * The worker: the only place where the outside world is wired to the activities. SIGTERM and SIGINT let running steps end
 * their effect, then the process ends; whatever it was doing goes on in the next worker.
 */
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../activities/create-activities.ts';
import { createAwsClients } from '../aws/clients.ts';
import { openEvidenceStore } from '../evidence/open.ts';
import { connectCluster } from '../kafka/cluster.ts';
import { ConfigurationError, readConfiguration } from './configuration.ts';
import { resolveLogin } from './kafka-security.ts';
import { observations } from './observations.ts';
import { findRunOn } from './runs.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { temporalLogger } from './temporal-logger.ts';

/** Steps that are cut short by a shutdown are retried elsewhere; this long they may finish here. */
const SHUTDOWN_GRACE = '20s';

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const log = pino({ level: configuration.logLevel });
  Runtime.install({ logger: temporalLogger(log), telemetryOptions: { logging: { forward: {} } } });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  const searchAttributes = await registerSearchAttributes(connection, namespace, log);
  const security = await resolveLogin(configuration.kafkaSecurity);
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
  const polling = await NativeConnection.connect(connectionOptions);
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
    await worker.run();
  } finally {
    // Each of them open keeps the process alive after its end.
    aws.destroy();
    await connection.close();
    await polling.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
}
