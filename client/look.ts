/** A workflow that only looks, run to its end: a plan, or the doctor's findings. What it ends with instead becomes one sentence. */
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { ExitCode } from '../contract/exit-codes.ts';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';

/** `what` begins the sentence, such as `The plan of orders`. */
export async function look<T>(
  session: Pick<Session, 'explained'>,
  cluster: string,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await session.explained(cluster, work);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      throw new CommandError(ExitCode.Refused, `${what} is being made already. Wait for its end, then ask again.`, {
        cause: error,
      });
    if (error instanceof WorkflowFailedError)
      throw new CommandError(
        ExitCode.Failed,
        `${what} could not be made: ${error.cause?.message ?? 'Temporal does not say why'}. Nothing was changed; ask again.`,
        { cause: error },
      );
    throw error;
  }
}
