/**
 * `npm run soak`: every test that holds a promise, the long matrices included, into docs/guarantees.md.
 * `npm run soak -- rollback holds`: those whose file's name contains one of the words. `npm run soak -- demo 10`: the demo.
 * What `npm test` showed counts too: KAFKA_BLUEGREEN_GUARANTEES=$PWD/.local/held npm test, then npm run soak -- collect .local/held.
 */
import { Command, InvalidArgumentError } from 'commander';
import { soakDemo } from './demo-soak.ts';
import { collectGuarantees, soakGuarantees } from './guarantees-soak.ts';

const SEEDS = 1_000_000;

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const program = new Command('npm run soak --')
  .description('Tests that hold a promise under a fault, again and again.')
  .argument('[words...]', 'parts of the names of test files; all when there is none')
  .option(
    '--seed <number>',
    'repeats a run: every moment and order that is left to chance is drawn from it',
    wholeNumber,
  )
  .action(async (patterns: string[], { seed }: { seed?: number }) => {
    process.exitCode = await soakGuarantees({ patterns, seed: seed ?? Math.floor(Math.random() * SEEDS) });
  });

program
  .command('collect')
  .description('take over what the tests of another run recorded in the file that KAFKA_BLUEGREEN_GUARANTEES named')
  .argument('<file>')
  .action(async (file: string) => {
    process.exitCode = await collectGuarantees(file);
  });

program
  .command('demo')
  .description('the demo, one run after another, into docs/soak.md')
  .argument('[runs]', 'how many', wholeNumber, 10)
  .action(async (runs: number) => {
    process.exitCode = await soakDemo(runs);
  });

await program.parseAsync();
