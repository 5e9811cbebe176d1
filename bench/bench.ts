/**
 * `npm run bench -- switching`: the library's producer beside others, into bench/results/switching.json and docs/switching-bench.md.
 * `--quick` runs it in under two minutes and keeps nothing. An aim that is missed is printed and does not fail the run.
 */
import { Command } from 'commander';
import { FULL, QUICK } from './switching/plan.ts';
import { benchSwitching, keepResults, printResults } from './switching.ts';

const program = new Command('npm run bench --').description('Measurements, side by side in one run.');

program
  .command('switching')
  .description('producers: steady throughput and latency, a flip under load, memory')
  .option('--quick', 'a short run, whose figures are printed and not kept', false)
  .action(async ({ quick }: { quick: boolean }) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
    const results = await benchSwitching({ plan: quick ? QUICK : FULL, quick, print: console.log });
    printResults(results);
    if (quick) return;
    await keepResults(results);
    console.log('\nThe page is docs/switching-bench.md.');
  });

await program.parseAsync();
