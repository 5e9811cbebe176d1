/**
 * A workflow that only looks, run to its end: a plan, or the doctor's findings. What it ends with instead becomes one sentence. A
 * worker that died counts as polling for minutes: whether one really takes the look is asked while it is made.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import { ExitCode } from '../contract/exit-codes.ts';
import { sayStep } from '../report/status-text.ts';
import { CommandError } from './command-error.ts';
import { liveSteps } from './live.ts';
import type { Session } from './session.ts';

/** As much of a workflow's handle as a look needs. */
export interface Look<T> {
  result(): Promise<T>;
  describe(): Promise<WorkflowExecutionDescription>;
  terminate(reason: string): Promise<unknown>;
}

export interface LookOptions {
  readonly cluster: string;
  /** Begins the sentence, such as `The plan of orders`. */
  readonly what: string;
  /** Hears what is looked at, as it changes. */
  readonly say: (line: string) => void;
  readonly everyMs?: number;
  /** How long no worker may take the next task. */
  readonly longestIdleMs?: number;
  readonly now?: () => number;
}

const EVERY_MS = 2_000;
const LONGEST_IDLE_MS = 30_000;

export async function look<T>(
  session: Pick<Session, 'call' | 'explained' | 'noWorker'>,
  begin: () => Promise<Look<T>>,
  o: LookOptions,
): Promise<T> {
  const over = new AbortController();
  try {
    const made = await session.call(o.cluster, begin);
    return await Promise.race([
      session.explained(o.cluster, () => made.result()),
      untilNobodyWorks(session, made, o, over.signal),
    ]);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      throw new CommandError(ExitCode.Refused, `${o.what} is being made already. Wait for its end, then ask again.`, {
        cause: error,
      });
    if (error instanceof WorkflowFailedError)
      throw new CommandError(
        ExitCode.Failed,
        `${o.what} could not be made: ${error.cause?.message ?? 'Temporal does not say why'}. Nothing was changed; ask again.`,
        { cause: error },
      );
    throw error;
  } finally {
    over.abort();
  }
}

/** Rejects when no worker took the next task for long; the look, which changes nothing, is ended with it. */
async function untilNobodyWorks<T>(
  session: Pick<Session, 'call' | 'noWorker'>,
  made: Look<T>,
  { cluster, say, everyMs = EVERY_MS, longestIdleMs = LONGEST_IDLE_MS, now = Date.now }: LookOptions,
  over: AbortSignal,
): Promise<never> {
  let events = 0;
  let told = '';
  let movedAt = now();
  for (;;) {
    await delay(everyMs, undefined, { signal: over });
    const seen = await session.call(cluster, () => made.describe());
    if (worksOn(seen) || seen.historyLength !== events) movedAt = now();
    events = seen.historyLength;
    for (const line of liveSteps(seen).flatMap(sayStep)) {
      if (line !== told) say(line);
      told = line;
    }
    if (now() - movedAt < longestIdleMs) continue;
    await session.call(cluster, () => made.terminate('No worker took it.'));
    throw session.noWorker();
  }
}

/** Whether a worker has a step in hand, or the next try of one is not due yet. */
function worksOn({ status, raw }: WorkflowExecutionDescription): boolean {
  const steps = raw.pendingActivities ?? [];
  return (
    status.name !== 'RUNNING' || steps.some(step => Number(step.state) !== SCHEDULED || step.nextAttemptScheduleTime)
  );
}

/** PENDING_ACTIVITY_STATE_SCHEDULED (temporalio/api, enums/v1/workflow.proto): no worker has it. */
const SCHEDULED = 1;
