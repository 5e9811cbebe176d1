/**
 * A foreign program of a run: in a process group of its own, so that a terminal's Ctrl-C reaches it only through us, with
 * an environment that is built and not inherited, its output in a file whose end explains an early death.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Guard, RUN_VARIABLE } from './guard.ts';

const TAIL_LINES = 15;

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly guard: Guard;
  readonly directory: string;
  /** Appended to. */
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Program {
  readonly pid: number;
  /** Resolves with how it ended, such as `exit code 1` or `SIGKILL`. */
  readonly exited: Promise<string>;
  readonly logFile: string;
  running(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, kills it after `graceMs` (0: at once), and returns when it is gone. */
  end(graceMs: number): Promise<void>;
  /** The last lines of its output. */
  tail(): Promise<string>;
}

/** An error when the program cannot be run at all; a program that ends soon after is the caller's to notice. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { command, args, guard, directory, logFile, environment } = options;
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', ...environment, [RUN_VARIABLE]: guard.runId },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const exited = new Promise<string>(resolve => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', cause => reject(new Error(`${command} cannot be run: ${cause.message}`, { cause })));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} started without a process id.`);
  const running = () => child.exitCode === null && child.signalCode === null;
  const kill = (signal: NodeJS.Signals) => {
    if (running()) child.kill(signal);
  };
  return {
    pid,
    exited,
    logFile,
    running,
    kill,
    end: async graceMs => {
      kill('SIGCONT');
      kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
      const hard = setTimeout(() => kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(hard);
    },
    tail: () => tailOf(logFile),
  };
}

async function tailOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
