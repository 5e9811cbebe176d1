/** Temporal's development server, with its Web UI, on an address of its own; it asks nothing of the outside. */
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePorts } from './free-ports.ts';
import type { Guard } from './guard.ts';
import { type Program, startProgram } from './process.ts';
import { projectRoot } from './project-root.ts';
import { until } from './until.ts';

/** The server's own parts find each other at 127.0.0.1 only, whatever `--ip` says, so runs differ in ports, not in address. */
const HOST = '127.0.0.1';
const START_DEADLINE_MS = 60_000;
const SEARCH_ATTRIBUTES = ['KafkaCluster', 'BlueGreenPhase', 'BlueGreenWaitingFor'];

export interface TemporalServer {
  /** `host:port` */
  readonly address: string;
  /** The URL of the Web UI. */
  readonly webUi: string;
  readonly process: Program;
}

/** Returns when it serves its default namespace; its database is in `directory`. */
export async function startTemporal(o: { directory: string; guard: Guard }): Promise<TemporalServer> {
  const [port, uiPort, httpPort, metricsPort] = await freePorts(HOST, 4);
  const address = `${HOST}:${port}`;
  const process = await startProgram({
    command: join(projectRoot(), '.tools/bin/temporal'),
    args: [
      'server',
      'start-dev',
      `--ip=${HOST}`,
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      `--http-port=${httpPort}`,
      `--metrics-port=${metricsPort}`,
      `--db-filename=${join(o.directory, 'temporal.db')}`,
      '--ui-disable-news-fetch',
      '--dynamic-config-value=frontend.enableServerVersionCheck=false',
      ...SEARCH_ATTRIBUTES.map(name => `--search-attribute=${name}=Keyword`),
    ],
    guard: o.guard,
    directory: o.directory,
    logFile: join(o.directory, 'temporal.log'),
    environment: { HOME: o.directory },
  });
  await until(`Temporal at ${address} serves`, () => serves(address), {
    withinMs: START_DEADLINE_MS,
    failed: () => (process.running() ? null : `it ended; its log is ${process.logFile}`),
  });
  return { address, webUi: `http://${HOST}:${uiPort}`, process };
}

async function serves(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
