/**
 * The AWS stand-in as a child process: one loopback port, an environment that is built and not inherited, state in
 * memory only, and an end together with the process that started it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from './project-root.ts';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 5_000;
const LOG_TAIL_LINES = 15;

export interface EmulatorOptions {
  /** A loopback address; signal URLs carry it too. */
  readonly host: string;
  readonly port: number;
  /** The emulator's own directory: temporary files and `emulator.log`. Made when absent. */
  readonly directory: string;
  /** Added to the emulator's environment: `EMULATOR_STEP_MS`, `EMULATOR_INSYNC_MS`, a run's id. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Emulator {
  readonly endpoint: string;
  readonly pid: number;
  /** Ends the emulator and everything in it. */
  stop(): Promise<void>;
}

/** Starts the emulator and returns when it answers; an emulator that does not start is an error with the end of its log. */
export async function startEmulator({ host, port, directory, environment }: EmulatorOptions): Promise<Emulator> {
  await mkdir(directory, { recursive: true });
  const root = projectRoot();
  const logFile = join(directory, 'emulator.log');
  const log = await open(logFile, 'w');
  const python = join(root, '.tools/python/bin/python');
  const child = spawn(python, [join(root, 'local/emulator/main.py')], {
    cwd: directory,
    env: {
      PATH: dirname(python),
      TMPDIR: directory,
      BIND_HOST: host,
      MINISTACK_HOST: host,
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      DOCKER_HOST: 'unix:///nonexistent',
      LOG_LEVEL: 'WARNING',
      EMULATOR_FOLLOW_STDIN: '1',
      ...environment,
    },
    stdio: ['pipe', log.fd, log.fd],
  });
  const ended = endOf(child);
  await log.close();
  const endpoint = `http://${host}:${port}`;
  const start = await untilHealthy(endpoint, child, ended);
  if (start.kind === 'healthy') return { endpoint, pid: start.pid, stop: () => stop(child, ended) };
  if (start.kind === 'silent') await stop(child, ended);
  throw new Error(await explain(start, { endpoint, python, logFile }));
}

type End = { readonly kind: 'exited'; readonly how: string } | { readonly kind: 'not started'; readonly cause: Error };
type Start = End | { readonly kind: 'healthy'; readonly pid: number } | { readonly kind: 'silent' };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise(resolve => {
    child.once('error', cause => resolve({ kind: 'not started', cause }));
    child.once('exit', (code, signal) => resolve({ kind: 'exited', how: signal ?? `code ${code}` }));
  });
}

async function untilHealthy(endpoint: string, child: ChildProcess, ended: Promise<End>): Promise<Start> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (child.pid !== undefined && lives(child)) {
    if (await answers(endpoint)) return { kind: 'healthy', pid: child.pid };
    if (Date.now() > deadline) return { kind: 'silent' };
    await delay(50);
  }
  return ended;
}

function lives(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, ended: Promise<End>): Promise<void> {
  if (!lives(child)) return;
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(hard);
}

async function explain(
  start: Exclude<Start, { kind: 'healthy' }>,
  { endpoint, python, logFile }: { endpoint: string; python: string; logFile: string },
): Promise<string> {
  if (start.kind === 'not started') {
    return `The AWS emulator did not start: ${python} cannot be run (${start.cause.message}). Run the set-up: npm run setup`;
  }
  const tail = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  const seen =
    start.kind === 'exited' ? `ended with ${start.how}` : `gave no answer within ${START_DEADLINE_MS / 1000} s`;
  return `The AWS emulator at ${endpoint} ${seen}. The end of ${logFile}:\n${tail}`;
}
