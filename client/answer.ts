/** What a run answers to a query. A run that ended before it could answer any, because its request cannot be used, says why instead. */
import { QueryNotRegisteredError } from '@temporalio/client';
import { ExitCode } from '../contract/exit-codes.ts';
import { CommandError } from './command-error.ts';
import type { DeploymentClient } from './deployment-client.ts';
import { endOf } from './outcome.ts';
import type { Session } from './session.ts';

type Asked = Pick<DeploymentClient, 'describe' | 'result'>;

export async function answerOf<T, D extends Asked>(
  session: Pick<Session, 'call'>,
  cluster: string,
  deployment: D,
  query: (deployment: D) => Promise<T>,
): Promise<T> {
  try {
    return await session.call(cluster, () => query(deployment));
  } catch (error) {
    if (!(error instanceof QueryNotRegisteredError)) throw error;
    const { status } = await session.call(cluster, () => deployment.describe());
    const ended = status.name === 'RUNNING' ? null : await endOf(session.call(cluster, () => deployment.result()));
    if (ended?.kind === 'failed')
      throw new CommandError(ended.exitCode, `${cluster}: ${ended.message}`, { cause: error });
    throw new CommandError(
      ExitCode.Unreachable,
      `${cluster}: the run could not answer: ${error.message}. Ask again in a moment; if it stays so, its worker is of another version: look at the worker's log.`,
      { cause: error },
    );
  }
}
