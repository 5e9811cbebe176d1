/**
 * Foreign programs end with the process that started them, also when that one is killed: beside each program waits a shell on a
 * pipe whose other end only the starter holds. When the pipe closes, the program is killed, but only while its environment still
 * carries the run's id: a process id may have been given to somebody else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** Name of the variable that every process of a run carries. */
export const RUN_VARIABLE = 'KAFKA_BLUEGREEN_RUN';

const script = `
pid=$$
(
  read -r _ <&3
  grep -qzx "${RUN_VARIABLE}=$${RUN_VARIABLE}" "/proc/$pid/environ" 2>/dev/null && kill -9 "$pid"
) </dev/null >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

export interface GuardedProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; it must carry the run's id. */
  readonly environment: Readonly<Record<string, string>>;
  /** File that takes standard output and error. */
  readonly logFile: string;
}

/** Starts the program; the child's pid is the program's own. */
export function spawnGuarded(program: GuardedProgram): ChildProcess {
  if (program.environment[RUN_VARIABLE] === undefined)
    throw new Error(`The environment of ${program.command} does not carry ${RUN_VARIABLE}.`);
  const log = openSync(program.logFile, 'a');
  const child = spawn('/bin/sh', ['-c', script, 'guard', program.command, ...program.args], {
    cwd: program.cwd,
    env: program.environment,
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);
  const pipe = child.stdio[3];
  // The shell that waits ends with the program.
  child.once('exit', () => pipe?.destroy());
  return child;
}

/** Resolves when the program has ended, at once when it already has. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
