import type { Command } from 'commander';
import type { SessionOptions } from '../session.ts';

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('run the worker in the foreground; configured by KAFKA_BLUEGREEN_*, TEMPORAL_* and AWS_* variables')
    .action(async () => {
      obey(program.opts<SessionOptions>());
      // Named by its place in the package: the command itself depends on no worker, and loads no native code without need.
      await import(new URL('../../worker/main.js', import.meta.url).href);
    });
}

/** The worker is configured by its environment alone: what the command line says stands there from here on. */
function obey({ address, namespace, taskQueue }: SessionOptions): void {
  if (address !== undefined) process.env['TEMPORAL_ADDRESS'] = address;
  if (namespace !== undefined) process.env['TEMPORAL_NAMESPACE'] = namespace;
  if (taskQueue !== undefined) process.env['KAFKA_BLUEGREEN_TASK_QUEUE'] = taskQueue;
}
