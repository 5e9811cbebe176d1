/** Follows a run in plain lines, one for everything that changed, until it has ended or waits for a person. */
import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from '../contract/exit-codes.ts';
import type { Status } from '../contract/status.ts';
import { plain, took } from '../report/plain.ts';
import { nextCommand } from '../report/status-text.ts';
import { answerOf } from './answer.ts';
import type { DeploymentClient } from './deployment-client.ts';
import { waitsForPerson } from './exit-codes.ts';
import { type Ended, endOf } from './outcome.ts';
import { Patience } from './patience.ts';
import type { Session } from './session.ts';

/** Temporal and workers are restarted and replaced within minutes. */
const LONGEST_SILENCE_MS = 10 * 60_000;

export interface WatchOptions {
  readonly cluster: string;
  readonly until: 'done' | 'waiting';
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

/** What watching led to: the end, or a wait that only a person can end. */
export type Watched = Ended | { readonly kind: 'waits'; readonly exitCode: ExitCode };

export async function watch(session: Session, deployment: DeploymentClient, o: WatchOptions): Promise<Watched> {
  const say = (line: string) => o.say(`${new Date().toISOString().slice(11, 19)} ${line}`);
  const patience = new Patience({ longestMs: LONGEST_SILENCE_MS, say });
  let before: Status | null = null;
  for (;;) {
    const seen = await patience.attempt(() => look(session, deployment, o.cluster));
    if (seen !== null) {
      for (const line of changes(before, seen.status)) say(line);
      before = seen.status;
      if (!seen.runs) {
        const ended = await patience.attempt(() => endOf(session.explained(o.cluster, () => deployment.result())));
        if (ended !== null) return ended;
      }
      if (o.until === 'waiting' && seen.status.outcome === null && waitsForPerson(seen.status))
        return { kind: 'waits', exitCode: ExitCode.Waits };
    }
    await delay(o.everyMs);
  }
}

/** Whether it runs is asked before where it stands: what is shown of a run that had ended is then its last. */
async function look(session: Session, deployment: DeploymentClient, cluster: string) {
  const { status: state } = await session.call(cluster, () => deployment.describe());
  const status = await answerOf(session, cluster, deployment, run => run.status());
  return { runs: state.name === 'RUNNING', status };
}

/** One line for each thing that a person would want to hear of. Pure. */
export function changes(before: Status | null, after: Status): string[] {
  const lines: string[] = [];
  const known = new Map(before?.phases.map(phase => [phase.phase, phase.state]));
  for (const { phase, state, detail, startedAt, endedAt } of after.phases) {
    if (state === known.get(phase) || state === 'waiting' || state === 'skipped') continue;
    const time = took(startedAt, endedAt);
    lines.push(
      `${phase} ${state === 'running' ? 'begins' : state}${time === '' ? '' : ` in ${time}`}${detail === null ? '' : `: ${plain(detail)}`}`,
    );
  }
  for (const line of after.attention) if (before?.attention.includes(line) !== true) lines.push(`! ${plain(line)}`);
  const waiting = after.waitingFor;
  if (waiting !== null && (before?.waitingFor?.since !== waiting.since || before.waitingFor.kind !== waiting.kind))
    lines.push(`${sayWaiting(waiting)} → ${nextCommand(after.cluster, waiting)}`);
  return lines;
}

function sayWaiting(waiting: NonNullable<Status['waitingFor']>): string {
  switch (waiting.kind) {
    case 'gate':
      return waiting.gate === 'bake'
        ? 'bakes; it ends by itself, or early'
        : `waits for the approval of ${waiting.gate}`;
    case 'hold':
      return `HOLDS in ${waiting.phase}: ${plain(waiting.reason)}`;
    case 'pause':
      return `paused by ${plain(waiting.by)}`;
  }
}
