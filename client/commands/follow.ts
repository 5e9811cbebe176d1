/** Options and words of the commands that follow a run to its end, or until it waits for a person. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../contract/duration.ts';
import type { ExitCode } from '../../contract/exit-codes.ts';
import { renderReport } from '../../report/report-text.ts';
import { nextCommand } from '../../report/status-text.ts';
import { answerOf } from '../answer.ts';
import type { Context } from '../context.ts';
import type { Session } from '../session.ts';
import { watch } from '../watch.ts';

export interface FollowOptions {
  readonly until: 'done' | 'waiting';
  readonly every: number;
}

export function addFollowOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--until <end>', 'done: to the end; waiting: also end when the run waits for a person')
        .choices(['done', 'waiting'])
        .default('done'),
    )
    .addOption(new Option('--every <duration>', 'how often to look').argParser(durationMs).default(2_000, '2s'));
}

/** Prints what changes; ends with the report, the failure, or the command that the run waits for. */
export async function follow(
  context: Context,
  session: Session,
  cluster: string,
  { until, every }: FollowOptions,
): Promise<ExitCode> {
  const deployment = session.deployment(cluster);
  const say = (line: string) => context.terminal.out(`${line}\n`);
  const watched = await watch(session, deployment, { cluster, until, everyMs: every, say });
  switch (watched.kind) {
    case 'reported':
      context.print(['', ...renderReport(watched.report)]);
      break;
    case 'failed':
      context.terminal.err(`${cluster}: ${watched.message}\n`);
      break;
    case 'waits': {
      const { waitingFor } = await answerOf(session, cluster, deployment, run => run.status());
      if (waitingFor !== null) context.terminal.err(`To go on: ${nextCommand(cluster, waitingFor)}\n`);
    }
  }
  return watched.exitCode;
}

function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 100) throw new InvalidArgumentError('It must be a duration such as 2s, at least 100ms.');
  return ms;
}
