/** What a run leaves on the machine: processes that carry its id, and listeners in its network. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { RUN_VARIABLE } from '../../local/guard.ts';
import { listeningHosts } from '../../local/octet.ts';

const POLL_MS = 200;

export interface Traces {
  /** Process id and command line. */
  readonly processes: readonly string[];
  readonly listeners: readonly string[];
}

export async function tracesOf(runId: string, octet: number): Promise<Traces> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map(pid => describeIfOf(runId, pid)));
  return {
    processes: processes.filter(found => found !== undefined),
    listeners: (await listeningHosts()).filter(host => host.startsWith(`127.${octet}.`)),
  };
}

/** Returns when nothing is left; past the deadline the error lists what is. */
export async function untilNoTrace(runId: string, octet: number, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const { processes, listeners } = await tracesOf(runId, octet);
    if (processes.length === 0 && listeners.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`Run ${runId} left after ${deadlineMs} ms:\n${[...processes, ...listeners].join('\n')}`);
    }
    await delay(POLL_MS);
  }
}

/** A zombie has no environment any more; a process may end while it is looked at. */
async function describeIfOf(runId: string, pid: string): Promise<string | undefined> {
  try {
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    const carries = environment.some(
      entry => entry === `${RUN_VARIABLE}=${runId}` || entry.startsWith(`${RUN_VARIABLE}=${runId}/`),
    );
    if (!carries) return undefined;
    return `${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').slice(0, 1_000)}`;
  } catch {
    return undefined;
  }
}
