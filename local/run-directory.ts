/**
 * The folder of one run and the line in it that says whose it is. A run is alive while the process that started it is;
 * its number alone does not say so, as numbers are given again, so the time of its start belongs to it.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

const YOUNG_MS = 60_000;

export interface RunOwner {
  readonly runId: string;
  readonly pid: number;
  readonly startTicks: string;
  readonly octet: number;
}

/** Below which everything of local runs is. */
export function localFolder(): string {
  return join(projectRoot(), '.local');
}

/** Makes the folder of a run, and removes those whose runs have ended. */
export async function makeRunDirectory(runId: string, octet: number): Promise<string> {
  const runs = join(localFolder(), 'runs');
  const directory = join(runs, runId.replaceAll('/', '-'));
  await mkdir(directory, { recursive: true });
  const owner: RunOwner = { runId, pid: process.pid, startTicks: (await startTicks(process.pid)) ?? '', octet };
  await writeFile(join(directory, 'run.json'), `${JSON.stringify(owner)}\n`);
  for (const name of await readdir(runs)) await removeIfEnded(join(runs, name));
  return directory;
}

/** The runs whose starting processes are alive, the newest last. */
export async function livingRuns(): Promise<(RunOwner & { readonly directory: string })[]> {
  const runs = join(localFolder(), 'runs');
  const names = await readdir(runs).catch(() => []);
  const living = [];
  for (const name of names) {
    const directory = join(runs, name);
    const owner = await readOwner(directory);
    if (owner !== undefined && (await lives(owner))) living.push({ ...owner, directory });
  }
  return living.toSorted((a, b) => Number(a.startTicks) - Number(b.startTicks));
}

/** Removes all but the logs, which stay until another run starts. */
export async function clearRunDirectory(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith('.log')) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function removeIfEnded(directory: string): Promise<void> {
  const owner = await readOwner(directory);
  if (owner !== undefined && (await lives(owner))) return;
  const made = await stat(directory).catch(() => undefined);
  const beingMade = owner === undefined && made !== undefined && Date.now() - made.mtimeMs < YOUNG_MS;
  if (!beingMade) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

async function lives({ pid, startTicks: since }: RunOwner): Promise<boolean> {
  return (await startTicks(pid)) === since;
}

async function readOwner(directory: string): Promise<RunOwner | undefined> {
  const text = await readFile(join(directory, 'run.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { runId, pid, startTicks: since, octet } = JSON.parse(text);
    return { runId: String(runId), pid: Number(pid), startTicks: String(since), octet: Number(octet) };
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since the machine did; undefined when there is none (proc(5), field 22). */
async function startTicks(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}
