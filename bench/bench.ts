/**
 * `npm run bench -- switching`: the library's producer beside others, into bench/results/switching.json and docs/switching-bench.md.
 * `--quick` runs it in under two minutes and keeps nothing. An aim that is missed is printed and does not fail the run.
 */
import { benchCommand } from './bench-command.ts';
import { FULL, QUICK } from './switching/plan.ts';
import { benchSwitching, keepResults, printResults } from './switching.ts';

await benchCommand({
  switching: async quick => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
    const results = await benchSwitching({ plan: quick ? QUICK : FULL, quick, print: console.log });
    printResults(results);
    if (quick) return;
    await keepResults(results);
    console.log('\nThe page is docs/switching-bench.md.');
  },
}).parseAsync();
