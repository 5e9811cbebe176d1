/**
 * Every test that holds a promise, the matrices included: run file by file, with one seed, and kept as bench/results/guarantees.json
 * and docs/guarantees.md after each file, so that an interrupted soak keeps what it saw.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../local/project-root.ts';
import { merge, renderGuarantees } from './guarantees-page.ts';
import { type Held, RECORD_VARIABLE, SEED_VARIABLE } from './promises.ts';

const root = projectRoot();
const results = join(root, 'bench/results/guarantees.json');
const page = join(root, 'docs/guarantees.md');

export interface GuaranteesSoak {
  /** Parts of file names; all files when empty. */
  readonly patterns: readonly string[];
  readonly seed: number;
}

/** Test files that hold a promise and match one of the patterns, from the root. */
export function filesOf(patterns: readonly string[]): string[] {
  return globSync('test/**/*.{test,soak}.ts', { cwd: root })
    .filter(file => file.endsWith('.soak.ts') || /\bguarantee\(/.test(readFileSync(join(root, file), 'utf8')))
    .filter(file => patterns.length === 0 || patterns.some(pattern => file.includes(pattern)))
    .toSorted();
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
    const { rows, code } = await runFile(file, seed);
    if (code !== 0) failed.push(file);
    await keep(rows, [file]);
  }
  console.log(`\n${files.length - failed.length} of ${files.length} files passed; the table is docs/guarantees.md.`);
  for (const file of failed) console.error(`failed: ${file}`);
  return failed.length === 0 ? 0 : 1;
}

/** Takes over what tests recorded that ran otherwise, such as in `npm test`. */
export async function collectGuarantees(recorded: string): Promise<number> {
  const rows = await readRows(recorded);
  await keep(rows, [...new Set(rows.map(row => row.file))]);
  const failed = rows.filter(row => !row.passed);
  console.log(`${rows.length} guarantees taken over, ${failed.length} failed; the table is docs/guarantees.md.`);
  return failed.length === 0 ? 0 : 1;
}

async function runFile(file: string, seed: number): Promise<{ rows: Held[]; code: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'guarantees-'));
  const recorded = join(folder, 'rows');
  try {
    await writeFile(recorded, '');
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const child = spawn(process.execPath, ['--test', '--test-reporter=spec', join(root, file)], {
      cwd: root,
      env: { ...environment, [SEED_VARIABLE]: String(seed), [RECORD_VARIABLE]: recorded },
      stdio: 'inherit',
    });
    const stop = () => child.kill('SIGTERM');
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const code = await new Promise<number>(resolve => child.once('exit', exit => resolve(exit ?? 1)));
    process.off('SIGINT', stop).off('SIGTERM', stop);
    return { rows: await readRows(recorded), code };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readRows(recorded: string): Promise<Held[]> {
  const lines = (await readFile(recorded, 'utf8')).split('\n').filter(line => line !== '');
  return lines.map(line => JSON.parse(line) as Held);
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
