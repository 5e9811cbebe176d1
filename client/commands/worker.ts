import type { Command } from 'commander';

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('run the worker in the foreground; configured by KAFKA_BLUEGREEN_*, TEMPORAL_* and AWS_* variables')
    .action(async () => {
      // Named by its place in the package: the command itself depends on no worker, and loads no native code without need.
      await import(new URL('../../worker/main.js', import.meta.url).href);
    });
}
