import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Command } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { readRequestFile } from '../request-file.ts';
import type { Session, SessionOptions } from '../session.ts';
import { addFollowOptions, type FollowOptions, follow } from './follow.ts';

interface StartOptions extends FollowOptions {
  readonly wait?: true;
}

export function addStart(program: Command, context: Context): void {
  const command = program
    .command('start')
    .description('start a deployment; one at a time per cluster')
    .argument('<request>', 'YAML or JSON file, - for standard input')
    .option('--wait', 'follow it; leaving does not end it');
  addFollowOptions(command).action(async (file: string, options: StartOptions) => {
    refuseUnlessWaiting(command, options);
    const { request, cluster } = await readRequestFile(file);
    await context.withSession(program.opts<SessionOptions>(), async session => {
      const { workflowId, runId } = await start(session, cluster, request);
      context.print([`${cluster}: started ${workflowId}, run ${runId}`]);
      if ((await session.pollers()) === 0)
        context.terminal.err(
          `No worker polls ${session.taskQueue} yet; it begins when one does: kafka-bluegreen worker\n`,
        );
      if (options.wait) return follow(context, session, cluster, options);
      context.print([`follow it: kafka-bluegreen watch ${cluster}`]);
      return ExitCode.Done;
    });
  });
}

/** An option that would count for nothing is a mistake of whoever gave it. */
function refuseUnlessWaiting(command: Command, { wait }: StartOptions): void {
  const given = ['until', 'every'].filter(name => command.getOptionValueSource(name) === 'cli');
  if (wait || given.length === 0) return;
  const options = given.map(name => `--${name}`).join(' and ');
  command.error(`error: ${options} of start count with --wait only. Add --wait, or watch the run once it has started.`);
}

async function start(session: Session, cluster: string, request: object) {
  try {
    return await session.call(cluster, () => session.deployment(cluster).start(request));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandError(
      ExitCode.Refused,
      `A deployment of ${cluster} runs already; this one was not started. See it: kafka-bluegreen status ${cluster}`,
      { cause: error },
    );
  }
}
