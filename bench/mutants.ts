/**
 * `npm run mutants`: mistakes that would break a promise, one after the other, each in a copy of the tree; and which test notices.
 * Ends with 1 when one survives or no longer applies. `npm run mutants -- fence ticket`: those whose names contain one of the words.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../local/project-root.ts';
import { tryMutants } from './mutants/campaign.ts';
import { catalog } from './mutants/catalog.ts';
import type { Mutant, Tried } from './mutants/mutant.ts';
import { mergeTried, renderMutants } from './mutants/page.ts';
import { Unready } from './mutants/unready.ts';

const root = projectRoot();
const results = join(root, 'bench/results/mutants.json');
const page = join(root, 'docs/mutants.md');

async function run(words: readonly string[]): Promise<number> {
  const mutants = catalog.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
  if (mutants.length === 0) {
    console.error(`No mutant's name contains ${words.join(' or ')}. They are:\n${namesOf(catalog)}`);
    return 2;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stopping.abort(new Error(`Ended by ${signal}.`)));
  const startedAt = performance.now();
  try {
    const rows = await tryMutants({ project: root, mutants, signal: stopping.signal, print: console.log, keep });
    return summarise(rows, mutants, performance.now() - startedAt);
  } catch (error) {
    if (!(error instanceof Unready)) throw error;
    console.error(`\n${error.message}`);
    return 1;
  }
}

function summarise(rows: readonly Tried[], mutants: readonly Mutant[], tookMs: number): number {
  const killed = rows.filter(row => row.killed);
  console.log('');
  for (const { name } of mutants) {
    const row = rows.find(tried => tried.name === name);
    const ended = row === undefined ? 'not tried' : row.killed ? 'killed' : 'SURVIVED';
    console.log(`${ended.padEnd(9)} ${(row?.seconds ?? 0).toFixed(1).padStart(6)} s  ${name}`);
  }
  const minutes = (tookMs / 60_000).toFixed(1);
  console.log(`\n${killed.length} of ${mutants.length} killed, in ${minutes} min; the table is docs/mutants.md`);
  return killed.length === mutants.length ? 0 : 1;
}

let kept = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as Tried[]) : [];

/** Kept after each mutant, so that an interrupted run keeps what it saw. */
function keep(row: Tried): void {
  kept = mergeTried(kept, [row], catalog);
  writeFileSync(results, `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync(page, renderMutants(kept));
}

function namesOf(mutants: readonly Mutant[]): string {
  return mutants.map(({ name }) => `  ${name}`).join('\n');
}

await new Command('npm run mutants --')
  .description('Mistakes that would break a promise, and which test notices each.')
  .argument('[words...]', 'parts of the names of mutants; all when there is none')
  .action(async (words: string[]) => {
    process.exitCode = await run(words);
  })
  .parseAsync();
