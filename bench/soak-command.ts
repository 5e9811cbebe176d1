/** What `npm run soak` understands; what it then does is given. */
import { Command, InvalidArgumentError } from 'commander';

export interface SoakActions {
  /** Seed is undefined where chance is left to itself. */
  readonly guarantees: (patterns: readonly string[], seed: number | undefined) => Promise<void>;
  readonly collect: (file: string) => Promise<void>;
  readonly demo: (runs: number) => Promise<void>;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

export function soakCommand({ guarantees, collect, demo }: SoakActions): Command {
  const program = new Command('npm run soak --')
    .description('Tests that hold a promise under a fault, again and again.')
    .argument('[words...]', 'parts of the names of test files; all when there is none')
    .option(
      '--seed <number>',
      'repeats a run: every moment and order that is left to chance is drawn from it',
      wholeNumber,
    )
    .action((patterns: string[], { seed }: { seed?: number }) => guarantees(patterns, seed));
  program
    .command('collect')
    .description('take over what the tests of another run recorded in the file that KAFKA_BLUEGREEN_GUARANTEES named')
    .argument('<file>')
    .action((file: string) => collect(file));
  program
    .command('demo')
    .description('the demo, one run after another, into docs/soak.md')
    .argument('[runs]', 'how many', wholeNumber, 10)
    .action((runs: number) => demo(runs));
  return program;
}
