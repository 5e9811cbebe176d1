import type { Command } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import { renderStatus } from '../../report/status-text.ts';
import { answerOf } from '../answer.ts';
import type { Context } from '../context.ts';
import { waitsForPerson } from '../exit-codes.ts';
import { liveSteps } from '../live.ts';
import { endOf } from '../outcome.ts';
import type { Session, SessionOptions } from '../session.ts';

export function addStatus(program: Command, context: Context): void {
  program
    .command('status')
    .description('where the newest deployment of a cluster stands, what it waits for, and the command to send')
    .argument('<cluster>')
    .option('--json', 'the status as JSON')
    .action(async (cluster: string, { json }: { json?: true }) => {
      await context.withSession(program.opts<SessionOptions>(), session =>
        show(context, session, cluster, json === true),
      );
    });
}

async function show(context: Context, session: Session, cluster: string, asJson: boolean): Promise<ExitCode> {
  const deployment = session.deployment(cluster);
  const description = await session.call(cluster, () => deployment.describe());
  const status = await answerOf(session, cluster, deployment, run => run.status());
  if (asJson) context.printJson(status);
  else context.print(renderStatus(status, liveSteps(description), Date.now()));
  const over = description.status.name !== 'RUNNING' || status.outcome !== null;
  if (!over) return waitsForPerson(status) ? ExitCode.Waits : ExitCode.Done;
  const ended = await endOf(session.call(cluster, () => deployment.result()));
  // What ended without a word of its own, as by being terminated, its status cannot say.
  if (ended.kind === 'failed' && status.outcome === null)
    context.terminal.err(`${cluster}: ${ended.message}\nIts report: kafka-bluegreen report ${cluster}\n`);
  return ended.exitCode;
}
