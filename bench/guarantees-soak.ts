/**
 * Every test that holds a promise, the matrices included: run file by file, with one seed, and kept as bench/results/guarantees.json
 * and docs/guarantees.md after each file, so that an interrupted soak keeps what it saw.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../local/project-root.ts';
import type { SoakEvent } from './guarantee-reporter.ts';
import { type Held, merge, renderGuarantees } from './guarantees-page.ts';
import type { PromiseName } from './promises.ts';

const root = projectRoot();
const results = join(root, 'bench/results/guarantees.json');
const page = join(root, 'docs/guarantees.md');
const reporter = fileURLToPath(new URL(`./guarantee-reporter${extname(import.meta.filename)}`, import.meta.url));

export interface GuaranteesSoak {
  /** Parts of file names; all files when empty. */
  readonly patterns: readonly string[];
  readonly seed: number;
}

/** Test files that hold a promise and match one of the patterns, from the root. */
export function filesOf(patterns: readonly string[]): string[] {
  return globSync('test/**/*.{test,soak}.ts', { cwd: root })
    .filter(file => /\bguarantee\(/.test(readFileSync(join(root, file), 'utf8')))
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
  let failed = 0;
  let held = 0;
  for (const file of files) {
    console.log(`\n${file}`);
    const run = await runFile(file, seed);
    failed += run.failed;
    held += run.rows.length;
    await keep(run.rows, file);
  }
  console.log(`\n${held} guarantees, ${failed} tests failed; the table is docs/guarantees.md.`);
  return failed === 0 ? 0 : 1;
}

async function runFile(file: string, seed: number): Promise<{ rows: Held[]; failed: number }> {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', join(root, file)],
    { cwd: root, env: { ...environment, KAFKA_BLUEGREEN_SEED: String(seed) }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const stop = () => child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const exited = new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)));
  const declared = new Map<string, Extract<SoakEvent, { kind: 'guarantee' }>>();
  const ended: Extract<SoakEvent, { kind: 'ended' }>[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as SoakEvent;
    if (event.kind === 'guarantee') declared.set(event.title, event);
    if (event.kind === 'output') process.stdout.write(event.text);
    if (event.kind !== 'ended') continue;
    ended.push(event);
    console.log(`  ${event.passed ? '✓' : '✗'} ${event.title} (${event.seconds.toFixed(1)} s)`);
    if (!event.passed) console.log(event.error.replace(/^/gm, '      '));
  }
  const code = await exited;
  process.off('SIGINT', stop).off('SIGTERM', stop);
  const failed = ended.filter(test => !test.passed).length;
  const on = new Date().toISOString().slice(0, 10);
  const rows = ended.flatMap(({ title, passed, seconds }): Held[] => {
    const known = declared.get(title);
    if (known === undefined) return [];
    const { promise, fault } = known;
    return [
      {
        file: relative(root, join(root, file)),
        title,
        promise: promise as PromiseName,
        fault,
        passed,
        seconds,
        seed,
        on,
      },
    ];
  });
  return { rows, failed: failed === 0 && code !== 0 ? 1 : failed };
}

async function keep(rows: readonly Held[], file: string): Promise<void> {
  const present = filesOf([]);
  const known = (await readKept()).filter(row => present.includes(row.file));
  const all = merge(known, rows, [file]).toSorted(
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
