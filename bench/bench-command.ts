/** What `npm run bench` understands; what it then does is given. */
import { Command } from 'commander';

export interface BenchActions {
  readonly switching: (quick: boolean) => Promise<void>;
}

export function benchCommand({ switching }: BenchActions): Command {
  const program = new Command('npm run bench --').description('Measurements, side by side in one run.');
  program
    .command('switching')
    .description('producers: steady throughput and latency, a flip under load, memory')
    .option('--quick', 'a short run, whose figures are printed and not kept', false)
    .action(({ quick }: { quick: boolean }) => switching(quick));
  return program;
}
