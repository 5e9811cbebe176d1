/**
 * A Temporal server for one test file: the real dev server, or the one that skips time. Executables are found in .tools or on the
 * PATH and never downloaded; search attributes are registered, because an unregistered one fails every workflow task.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { searchAttributeKeys } from '../../contract/search-attributes.ts';
import { projectRoot } from '../../local/project-root.ts';

/** Temporal's INDEXED_VALUE_TYPE_KEYWORD (api/enums/v1/common.proto). */
const KEYWORD = 2;

// Quiet unless something is wrong. Once a process, and before the first connection.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

/** Absolute path of a program of ours: the SDK looks nothing up on the PATH. */
export function temporalProgram(name: 'temporal' | 'temporal-test-server'): string {
  const folders = [join(projectRoot(), '.tools', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders.map(folder => join(folder, name)).find(path => existsSync(path));
  if (found === undefined) throw new Error(`${name} is neither in .tools/bin nor on the PATH: run npm run setup.`);
  return found;
}

/** The real server, on loopback, without its Web UI; ended by `teardown()`. */
export function startLocalServer(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalProgram('temporal') },
      searchAttributes: searchAttributeKeys.map(key => key.attribute),
      ui: false,
      log: { format: 'pretty', level: 'error' },
    },
    client: { identity: 'client' },
  });
}

/** A server on which days pass while nothing runs; its time is one for all, so one run at a time. */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const server = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: temporalProgram('temporal-test-server') } },
  });
  await server.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(searchAttributeKeys.map(key => [key.attribute.name, KEYWORD])),
  });
  return server;
}

/** What the workflow bundle is made from, for whoever bundles. */
export const workflowSources = {
  workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
  workflowInterceptorModules: [fileURLToPath(new URL('../../workflows/interceptors.ts', import.meta.url))],
};

let bundle: Promise<WorkflowBundleWithSourceMap> | null = null;

/** The workflow bundle of the sources as they are, built once a process. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    ...workflowSources,
    logger: new DefaultLogger('ERROR'),
  });
  return bundle;
}

/** A worker with these activities. Its heartbeats are not held back, so that a cancellation is heard soon. */
export async function createWorker(
  connection: NonNullable<WorkerOptions['connection']>,
  taskQueue: string,
  activities: object,
): Promise<Worker> {
  return Worker.create({
    connection,
    taskQueue,
    activities,
    workflowBundle: await workflowBundle(),
    // Says nothing of the machine: a run's history may be published.
    identity: 'worker',
    maxHeartbeatThrottleInterval: '100ms',
    shutdownGraceTime: '100ms',
  });
}
