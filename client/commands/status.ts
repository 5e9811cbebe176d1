import type { Command } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import { renderStatus } from '../../report/status-text.ts';
import type { Context } from '../context.ts';
import { exitCodeOf, waitsForPerson } from '../exit-codes.ts';
import { liveSteps } from '../live.ts';
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
  const status = await session.call(cluster, () => deployment.status());
  if (asJson) context.printJson(status);
  else context.print(renderStatus(status, liveSteps(description), Date.now()));
  if (status.outcome !== null) return exitCodeOf(status.outcome);
  if (description.status.name !== 'RUNNING') {
    context.terminal.err(
      `This run has ended: ${description.status.name.toLowerCase()}. Its report: kafka-bluegreen report ${cluster}\n`,
    );
    return ExitCode.Failed;
  }
  return waitsForPerson(status) ? ExitCode.Waits : ExitCode.Done;
}
