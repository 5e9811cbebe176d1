/**
 * Every test that holds a promise, the matrices included: run file by file, with one seed, and kept as bench/results/guarantees.json
 * and docs/guarantees.md after each file, so that an interrupted soak keeps what it saw. A file that breaks down or never ends has
 * a failed row, and what it started ends with it.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { newRunId, RUN_VARIABLE, startGuard } from '../local/guard.ts';
import { projectRoot } from '../local/project-root.ts';
import { merge, renderGuarantees } from './guarantees-page.ts';
import { type FileEnd, rowsOf, rowsOfFile } from './guarantees-rows.ts';
import { type Held, RECORD_VARIABLE, type Recorded, SEED_VARIABLE } from './promises.ts';

const root = projectRoot();
const results = join(root, 'bench/results/guarantees.json');
const page = join(root, 'docs/guarantees.md');

/** A file that takes longer hangs: the longest soaks take less than two hours on a machine that does other things as well. */
const MOST_MS = { soak: 3 * 3_600_000, test: 30 * 60_000 };

export interface GuaranteesSoak {
  /** Parts of file names; all files when empty. */
  readonly patterns: readonly string[];
  readonly seed: number;
}

/** Test files that hold a promise and match one of the patterns, from the root. */
export function filesOf(patterns: readonly string[]): string[] {
  return globSync('test/**/*.{test,soak}.ts', { cwd: root })
    .filter(file => file.endsWith('.soak.ts') || declaresGuarantees(join(root, file)))
    .filter(file => patterns.length === 0 || patterns.some(pattern => file.includes(pattern)))
    .toSorted();
}

/** Itself, or in a file from which it imports its tests. */
function declaresGuarantees(path: string): boolean {
  const declares = (file: string) => importedBy(file).some(from => from.endsWith('/support/guarantee.ts'));
  return declares(path) || importedBy(path).some(file => file.startsWith(join(root, 'test')) && declares(file));
}

/** Texts that only look like imports lead nowhere. */
function importedBy(file: string): string[] {
  if (!existsSync(file)) return [];
  return [...readFileSync(file, 'utf8').matchAll(/ from '(\.[^']*)'/g)].map(([, from = '']) =>
    join(dirname(file), from),
  );
}

/** Resolves to the exit code: 0 when everything that ran passed. */
export async function soakGuarantees({ patterns, seed }: GuaranteesSoak): Promise<number> {
  const files = filesOf(patterns);
  if (files.length === 0) {
    console.error(
      `No file with a guarantee matches ${patterns.join(', ')}. They are test/**/*.test.ts and test/**/*.soak.ts.`,
    );
    return 2;
  }
  console.log(`${files.length} files, seed ${seed} (repeat with --seed ${seed})`);
  const failed: string[] = [];
  for (const file of files) {
    console.log(`\n${file}`);
    const { recorded, end } = await runFile(file, seed);
    const rows = rowsOfFile(recorded, end, { file, seed, on: new Date().toISOString().slice(0, 10) });
    if (rows.some(row => !row.passed)) failed.push(file);
    await keep(rows, [file]);
  }
  console.log(`\n${files.length - failed.length} of ${files.length} files passed; the table is docs/guarantees.md.`);
  for (const file of failed) console.error(`failed: ${file}`);
  return failed.length === 0 ? 0 : 1;
}

/** Takes over what tests recorded that ran otherwise, such as in `npm test`. */
export async function collectGuarantees(recordedIn: string): Promise<number> {
  const rows = rowsOf(await readRecorded(recordedIn));
  await keep(rows, [...new Set(rows.map(row => row.file))]);
  const failed = rows.filter(row => !row.passed);
  console.log(`${rows.length} guarantees taken over, ${failed.length} failed; the table is docs/guarantees.md.`);
  for (const { file, title } of failed) console.error(`failed: ${file}: ${title}`);
  return failed.length === 0 ? 0 : 1;
}

async function runFile(file: string, seed: number): Promise<{ recorded: Recorded[]; end: FileEnd }> {
  const folder = await mkdtemp(join(tmpdir(), 'guarantees-'));
  const recorded = join(folder, 'rows');
  try {
    await writeFile(recorded, '');
    const end = await runTestFile(join(root, file), { [SEED_VARIABLE]: String(seed), [RECORD_VARIABLE]: recorded });
    return { recorded: await readRecorded(recorded), end };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a test file to its end, or to the end of its time; whatever it started ends with it. */
export async function runTestFile(
  path: string,
  variables: Readonly<Record<string, string>>,
  {
    endsWithinMs = path.endsWith('.soak.ts') ? MOST_MS.soak : MOST_MS.test,
    stdio = 'inherit',
  }: { readonly endsWithinMs?: number; readonly stdio?: 'inherit' | 'ignore' } = {},
): Promise<FileEnd> {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const guard = startGuard(newRunId(process.env[RUN_VARIABLE]));
  // kafkajs 2.2.4 sets its throttle's timer into the past, which does no harm and fills the page.
  const quiet = '--disable-warning=TimeoutNegativeWarning';
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', quiet, path], {
    cwd: root,
    env: { ...environment, ...variables, [RUN_VARIABLE]: guard.runId },
    stdio,
  });
  const stop = () => child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const deadline = AbortSignal.timeout(endsWithinMs);
  deadline.addEventListener('abort', () => void guard.end());
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('exit', exit => resolve(exit ?? 1));
    });
    return deadline.aborted ? { kind: 'late', ms: endsWithinMs } : { kind: 'exited', code };
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await guard.end();
  }
}

export async function readRecorded(recorded: string): Promise<Recorded[]> {
  const lines = (await readFile(recorded, 'utf8')).split('\n').filter(line => line !== '');
  return lines.map(line => JSON.parse(line) as Recorded);
}

async function keep(rows: readonly Held[], files: readonly string[]): Promise<void> {
  const present = filesOf([]);
  const known = (await readKept()).filter(row => present.includes(row.file));
  const all = merge(known, rows, files).toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.title.localeCompare(b.title),
  );
  await writeFile(results, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(page, renderGuarantees(all));
}

async function readKept(): Promise<Held[]> {
  try {
    return JSON.parse(await readFile(results, 'utf8')) as Held[];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
