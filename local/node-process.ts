/** Node programs of a run: this same Node, names from the run's resolver, output in a log of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guard } from './guard.ts';
import { type Program, startProgram } from './process.ts';
import { projectRoot } from './project-root.ts';
import { until } from './until.ts';

const WORKER = 'dist/worker/main.js';
const READY = 'worker ready';
const READY_WITHIN_MS = 60_000;

export interface NodeOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly guard: Guard;
  readonly directory: string;
  readonly logFile: string;
}

/** In a process group of its own, so that a terminal's Ctrl-C reaches it only through whoever started it. */
export function spawnNodeProgram(script: string, args: readonly string[], options: NodeOptions): ChildProcess {
  const log = openSync(options.logFile, 'a');
  try {
    return spawn(process.execPath, [script, ...args], {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** The built worker; returns when it polls for work. An error has the end of its log. */
export async function startWorkerProgram(options: NodeOptions): Promise<Program> {
  const main = join(projectRoot(), WORKER);
  if (!existsSync(main)) throw new Error(`${WORKER} is not built. Build first: npm run build`);
  const worker = await startProgram({ ...options, command: process.execPath, args: [main] });
  const ready = async () => (await readFile(worker.logFile, 'utf8')).includes(READY);
  const failed = () => (worker.running() ? null : 'it ended');
  try {
    await until('The worker is ready', ready, { withinMs: READY_WITHIN_MS, failed });
  } catch (error) {
    await worker.end(0);
    throw new Error(`${String(error)}. Its log ends:\n${await worker.tail()}`, { cause: error });
  }
  return worker;
}
