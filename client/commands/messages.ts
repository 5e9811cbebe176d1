/** One subcommand for each message that a deployment takes. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type Command, Option } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import { type MessageName, parseMessage } from '../../contract/messages.ts';
import { GATES } from '../../contract/phases.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { personOf } from '../person.ts';
import type { Session, SessionOptions } from '../session.ts';

interface MessageOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly gate?: string;
  readonly topic?: string;
  readonly group?: string;
  readonly straggler?: string;
}

const descriptions: Readonly<Record<MessageName, string>> = {
  approve: 'approve what waits: the flip, an early end of bake, or the deletion of blue',
  reject: 'reject what waits: before the flip everything is undone, at decommission the run holds',
  rollback: 'go back to blue; legal until the first group was released',
  resume: 'end a hold or a pause, and try the step again',
  pause: 'stop before the next phase until resume; not between settle and release',
  waive: 'go on without a topic, a group or a straggler',
};

export function addMessages(program: Command, context: Context): void {
  for (const name of Object.keys(descriptions) as MessageName[]) {
    const command = program
      .command(name)
      .description(descriptions[name])
      .argument('<cluster>')
      .option('--by <person>', 'who says so; the user of this machine or of the CI job unless given')
      .option('--reason <text>', 'why; kept in the report');
    if (name === 'approve' || name === 'reject')
      command.addOption(new Option('--gate <gate>', 'what waits; flip unless given').choices(GATES));
    if (name === 'waive')
      command
        .option('--topic <name>', 'its records die with blue')
        .option('--group <name>', 'it no longer gates')
        .option('--straggler <topic>', 'who still writes to it is no longer waited for');
    command.action(async (cluster: string, options: MessageOptions) => {
      await context.withSession(program.opts<SessionOptions>(), async session => {
        const sentence = await send(session, cluster, name, {
          ...options,
          by: options.by ?? personOf(context.terminal.environment),
        });
        context.print([`${cluster}: ${sentence}`]);
        return ExitCode.Done;
      });
    });
  }
}

async function send(session: Session, cluster: string, name: MessageName, options: MessageOptions): Promise<string> {
  const parsed = parseMessage(name, options);
  if (parsed.kind === 'malformed') throw new CommandError(ExitCode.Refused, parsed.why);
  try {
    return await session.call(cluster, () => session.deployment(cluster).send(parsed.message));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      throw new CommandError(ExitCode.Refused, `${cluster}: ${name} was refused. ${error.cause.message}`, {
        cause: error,
      });
    throw error;
  }
}
