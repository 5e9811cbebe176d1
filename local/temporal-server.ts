/** Temporal's development server, with its Web UI, on an address of its own; it asks nothing of the outside. */
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
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
  /** The process that serves now: one that is killed is replaced. */
  pid(): number;
  end(): Promise<void>;
}

export interface TemporalOptions {
  /** Holds the server's database, its log and its home. */
  readonly directory: string;
  readonly guard: Guard;
  /** Hears of a death, a line each. */
  readonly log: (line: string) => void;
}

/**
 * Returns when it serves its default namespace. A server that dies is started again at the same address on the same database:
 * runs go on where they were.
 */
export async function startTemporal({ directory, guard, log }: TemporalOptions): Promise<TemporalServer> {
  const ports = await freePorts(HOST, 4);
  const [port, uiPort] = ports;
  const address = `${HOST}:${port}`;
  const start = () => startServer({ directory, guard, ports, address });
  let serving = await start();
  let ending = false;
  const keep = async (): Promise<void> => {
    const how = await serving.exited;
    if (ending) return;
    log(`Temporal ended (${how}); it starts again on its database`);
    serving = await start();
    if (ending) await serving.end(0);
    else await keep();
  };
  keep().catch((error: unknown) => log(`There is no Temporal now: ${String(error)}`));
  return {
    address,
    webUi: `http://${HOST}:${uiPort}`,
    pid: () => serving.pid,
    end: async () => {
      ending = true;
      await serving.end(0);
    },
  };
}

async function startServer(o: {
  readonly directory: string;
  readonly guard: Guard;
  readonly ports: readonly number[];
  readonly address: string;
}): Promise<Program> {
  const [port, uiPort, httpPort, metricsPort] = o.ports;
  const server = await startProgram({
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
  await until(`Temporal at ${o.address} serves`, () => keepsRuns(o.address), {
    withinMs: START_DEADLINE_MS,
    failed: () => (server.running() ? null : `it ended; its log is ${server.logFile}`),
  });
  return server;
}

/** Whether it serves its namespace, and keeps ended runs for a week: a development server would forget them after a day. */
async function keepsRuns(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      await connection.workflowService.updateNamespace({
        namespace: 'default',
        config: { workflowExecutionRetentionTtl: msToTs('7 days') },
      });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
