/**
 * Mutant by mutant, each in a copy of the tree: do its tests notice? First the same tests on the copy as it is, for a test that fails
 * there, or does not run, notices nothing. Unit tests two mutants at a time, tests on servers one at a time.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Copy } from './copy.ts';
import { edit, editAll } from './edit.ts';
import { type Mutant, needsServers, type Tried } from './mutant.ts';
import { runTests, type TestSet } from './run-tests.ts';
import { Unready } from './unready.ts';
import { unfit, verdictOf } from './verdict.ts';

const COPIES = 2;

export interface Campaign {
  readonly project: string;
  readonly mutants: readonly Mutant[];
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Called with each row as soon as there is one. */
  readonly keep: (row: Tried) => void;
}

export async function tryMutants(campaign: Campaign): Promise<Tried[]> {
  const { project, mutants, signal, print } = campaign;
  const stale = editAll(mutants, file => sourceOf(project, file)).stale;
  if (stale.length > 0) throw new Unready(`No longer applies:\n${stale.join('\n')}`);
  const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
  try {
    print(`Copying the tree twice to ${folder}`);
    const copies: Copy[] = [];
    for (let n = 1; n <= Math.min(COPIES, mutants.length); n += 1)
      copies.push(await Copy.take(project, join(folder, String(n))));
    await proveTypes(campaign, copies);
    await proveTests(campaign, copies);
    print(`\n${mutants.length} ${mutants.length === 1 ? 'mutant' : 'mutants'}`);
    const rows: Tried[] = [];
    await inTurn(mutants, copies, signal, async (mutant, copy) => {
      const row = await tryOne(campaign, mutant, copy);
      if (signal.aborted) return;
      rows.push(row);
      campaign.keep(row);
      print(`${String(rows.length).padStart(2)} of ${mutants.length}  ${lineOf(row)}`);
    });
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A mistake that does not compile is found without any test. */
async function proveTypes({ project, mutants, print }: Campaign, [copy]: readonly Copy[]): Promise<void> {
  if (copy === undefined) return;
  print('Types of all of them together');
  const { sources } = editAll(mutants, file => sourceOf(project, file));
  await copy.change(sources);
  const errors = await copy.typeErrors();
  await copy.restore();
  if (errors !== '') throw new Unready(`Not every mutant is correct TypeScript:\n${errors.trim()}`);
}

/** Each set of tests once on the code as it is. */
async function proveTests({ mutants, signal, print }: Campaign, copies: readonly Copy[]): Promise<void> {
  const sets = [...new Map(mutants.map(mutant => [JSON.stringify([mutant.tests, mutant.titles]), mutant])).values()];
  print(`\nTheir ${sets.length} sets of tests, once without any mutant`);
  const problems: string[] = [];
  await inTurn(sets, copies, signal, async (set, copy) => {
    const run = await runTests(copy, set, kindOf(set), signal);
    if (signal.aborted) return;
    const why = unfit(run.ended, run.end);
    print(`  ${why === null ? 'green' : 'UNFIT'}  ${describe(set)} (${run.seconds.toFixed(1)} s)`);
    if (why !== null) problems.push(`${describe(set)}: ${why}`);
  });
  if (problems.length > 0) throw new Unready(problems.join('\n'));
}

async function tryOne({ project, signal }: Campaign, mutant: Mutant, copy: Copy): Promise<Tried> {
  const edited = edit(sourceOf(project, mutant.file) ?? '', mutant);
  if (edited.kind === 'stale') throw new Unready(`No longer applies: ${edited.why}`);
  await copy.change(new Map([[mutant.file, edited.source]]));
  try {
    const { ended, end, seconds } = await runTests(copy, mutant, kindOf(mutant), signal);
    const verdict = verdictOf(ended, end, file => relative(copy.root, file));
    const { name, breaks, file } = mutant;
    return {
      name,
      breaks,
      file,
      killed: verdict.kind === 'killed',
      by: verdict.kind === 'killed' ? verdict.by : verdict.why,
      in: verdict.kind === 'killed' ? verdict.in : '',
      seconds: Math.round(seconds * 10) / 10,
      on: new Date().toISOString().slice(0, 10),
    };
  } finally {
    await copy.restore();
  }
}

/** What needs no server first, in every copy at the same time; then the rest in one. */
async function inTurn(
  all: readonly Mutant[],
  copies: readonly Copy[],
  signal: AbortSignal,
  work: (mutant: Mutant, copy: Copy) => Promise<void>,
): Promise<void> {
  const through = async (queue: Mutant[], copy: Copy) => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await work(next, copy);
  };
  const quick = all.filter(mutant => !needsServers(mutant));
  await Promise.all(copies.map(copy => through(quick, copy)));
  const slow = all.filter(needsServers);
  await Promise.all(copies.slice(0, 1).map(copy => through(slow, copy)));
}

function lineOf({ killed, name, by, in: file, seconds }: Tried): string {
  const took = `(${seconds.toFixed(1)} s)`;
  return killed ? `killed    ${name}  by "${by}" in ${file} ${took}` : `SURVIVED  ${name}: ${by} ${took}`;
}

function kindOf(mutant: Mutant): 'unit' | 'server' {
  return needsServers(mutant) ? 'server' : 'unit';
}

function describe({ tests, titles }: TestSet): string {
  return titles === undefined ? tests.join(', ') : `${tests.join(', ')} (${titles})`;
}

function sourceOf(project: string, file: string): string | null {
  const path = join(project, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
