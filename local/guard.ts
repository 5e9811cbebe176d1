/**
 * A run's processes end with the process that started them, also when that is killed with SIGKILL. The guard is a small
 * shell that waits for the end of a pipe which only the starter holds, then kills whatever carries the run's id in its
 * environment, until nothing does. No process can be missed between its start and a report about it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** Carried by every process of a run, as `<run id>`, or `<run id>/<id>` in what a process of the run starts itself. */
export const RUN_VARIABLE = 'KAFKA_BLUEGREEN_RUN';

const GUARD = `
trap '' HUP INT TERM
cat >/dev/null
while :; do
  set -- /proc/[0-9]*/environ
  found=$(grep -Elz "^${RUN_VARIABLE}=$GUARDED(/|$)" "$@" 2>/dev/null)
  left=
  for file in $found; do
    pid=\${file#/proc/}; pid=\${pid%/environ}
    case $(cat "/proc/$pid/stat" 2>/dev/null) in
      '' | *') Z '*) ;;
      *) [ "$pid" = $$ ] || { left=1; kill -9 "$pid"; } ;;
    esac
  done
  [ "$left" ] || exit 0
  sleep 0.1
done`;

export interface Guard {
  readonly runId: string;
  /** Kills what is left of the run and returns when nothing of it is. */
  end(): Promise<void>;
}

/** `runId` is letters, digits, dashes and slashes. The guard does not keep the starting process alive. */
export function startGuard(runId: string): Guard {
  const child = spawn('/bin/sh', ['-c', GUARD], {
    env: { PATH: '/usr/bin:/bin', GUARDED: runId, [RUN_VARIABLE]: runId },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  ended.catch(() => {});
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    runId,
    end: () => {
      child.ref();
      child.stdin.end();
      return ended;
    },
  };
}

let ownGuard: Guard | undefined;

/** The guard over whatever this process starts outside of a run of its own; within a run it is part of that run. */
export function guardOfThisProcess(): Guard {
  ownGuard ??= startGuard(newRunId(process.env[RUN_VARIABLE]));
  return ownGuard;
}

/** A fresh id; below `parent` when given, so that the parent's guard ends it too. */
export function newRunId(parent?: string): string {
  const id = randomBytes(4).toString('hex');
  return parent === undefined || parent === '' ? id : `${parent}/${id}`;
}
