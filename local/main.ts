/**
 * `npm run local`: one machine's house to try a deployment in, until Ctrl-C. `status` says what runs, `down [run id]` ends
 * it. Whatever ends this process ends everything it started.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { buildHouse } from './house.ts';
import { livingRuns } from './run-directory.ts';
import { readWhere, removeRunLinks, writeRunFiles } from './run-files.ts';
import { type LocalStack, startLocal } from './stack.ts';
import { until } from './until.ts';

const DOWN_WITHIN_MS = 60_000;
const WORKER_RESTART_MS = 1_000;
const SAME_REQUEST_MS = 2_000;
const say = (line: string) => console.log(line);

/** Resolves with the exit code. */
async function up(): Promise<number> {
  const ending = new AbortController();
  const ended = endAsked();
  const startedMs = performance.now();
  const local = await startLocal({ log: line => say(`  ${line}`) });
  try {
    const ready = await Promise.race([ended, prepare(local, ending.signal).then(() => 'ready' as const)]);
    if (ready === 'ready') {
      say(await writeRunFiles(local));
      say(`Ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`);
      await ended;
    }
    say('Ending everything');
    return 0;
  } finally {
    ending.abort();
    await removeRunLinks(local.directory);
    await local.stop();
  }
}

async function prepare(local: LocalStack, ending: AbortSignal): Promise<void> {
  await buildHouse(local);
  await keepWorker(local, ending);
}

/** Returns when the worker is ready; from then on one that ends is replaced, as whoever runs workers would. */
async function keepWorker(local: LocalStack, ending: AbortSignal): Promise<void> {
  const worker = await local.startWorker();
  const replace = async () => {
    const how = await worker.exited;
    if (ending.aborted) return;
    say(`The worker ended (${how}); its log is ${worker.logFile}. The next one starts.`);
    await delay(WORKER_RESTART_MS);
    if (!ending.aborted) await keepWorker(local, ending);
  };
  replace().catch((error: unknown) => say(`There is no worker now: ${String(error)}`));
}

/**
 * The first request to end is heard; another one ends this process at once, and its guard the rest. One Ctrl-C can arrive
 * several times, from the terminal and through whoever started us: what follows at once is the same request.
 */
function endAsked(): Promise<'ended'> {
  return new Promise(resolve => {
    let firstMs: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        firstMs ??= performance.now();
        if (performance.now() - firstMs > SAME_REQUEST_MS) process.exit(1);
        resolve('ended');
      });
    }
  });
}

async function status(): Promise<number> {
  const runs = await livingRuns();
  for (const { runId, pid, octet, directory } of runs) {
    say((await readWhere(directory)) ?? `Run ${runId}, process ${pid}, in 127.${octet}.0.0/16 (${directory})`);
  }
  if (runs.length === 0) say('Nothing runs here. Start it: npm run local');
  return 0;
}

/** Ends the named run, or every one that `npm run local` started. */
async function down(runId: string | undefined): Promise<number> {
  const all = await Promise.all(
    (await livingRuns()).map(async run => ({ run, where: await readWhere(run.directory) })),
  );
  const chosen = all.filter(({ run, where }) => (runId === undefined ? where !== undefined : run.runId === runId));
  if (chosen.length === 0) {
    say(runId === undefined ? 'Nothing runs here.' : `No run ${runId} is alive. What runs: npm run local -- status`);
    return runId === undefined ? 0 : 1;
  }
  for (const { run } of chosen) process.kill(run.pid, 'SIGTERM');
  const gone = async () => {
    const living = await livingRuns();
    return chosen.every(({ run }) => living.every(({ pid }) => pid !== run.pid));
  };
  await until('The runs end', gone, { withinMs: DOWN_WITHIN_MS });
  for (const { run } of chosen) say(`Run ${run.runId} has ended.`);
  return 0;
}

async function main([command = 'up', argument]: readonly string[]): Promise<number> {
  switch (command) {
    case 'up':
      return up();
    case 'status':
      return status();
    case 'down':
      return down(argument);
    default:
      console.error(`"${command}" is not known. Use: npm run local, npm run local -- status, npm run local -- down`);
      return 2;
  }
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
