/** What a run came to, in the words of a person who was not there. */
import type { StackEnd } from '../contract/activities.ts';
import type { Outcome } from '../contract/phases.ts';
import type { Stranded } from '../contract/report.ts';
import type { Status } from '../contract/status.ts';

export interface Ending {
  readonly outcome: Exclude<Outcome, 'failed'>;
  /** After a rollback that followed the flip: offsets that stay on green, by topic. */
  readonly stranded: Stranded | null;
  /** How green's stack ended where everything was undone; null where there was none to delete. */
  readonly green: StackEnd | null;
}

/** What a step failed with: its sentence, and its stable type where it has one. */
export interface Failed extends Pick<Ending, 'stranded' | 'green'> {
  readonly reason: string;
  readonly type: string | null;
}

type Known = Pick<Status, 'blue' | 'green' | 'wayBack' | 'approvals' | 'phases'>;

/** One paragraph: what happened, by whom, where the traffic is, and what is left to do. */
export function describeEnding(run: Known, { outcome, stranded, green }: Ending): string {
  if (outcome === 'deployed')
    return `Deployed: green (${run.green.stack}) is in service, and blue (${run.blue.stack}) was deleted.`;
  return `${cause(run, outcome)} ${stranded === null ? undone(run, green, true) : rolledBack(run, stranded)}`;
}

/** The same for a run that a step's failure ended. */
export function describeFailure(run: Known, { reason, type, stranded, green }: Failed): string {
  const phase = run.phases.find(p => p.state === 'failed')?.phase ?? 'preflight';
  const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  const blueStands = !(
    type === 'BlueChanged' ||
    (type === 'StackGone' && reason.startsWith(`Stack ${run.blue.stack} is `))
  );
  const then = stranded === null ? undone(run, green, blueStands) : rolledBack(run, stranded);
  return `The deployment failed in ${phase}: ${sentence} ${then}`;
}

function cause(run: Known, outcome: Exclude<Ending['outcome'], 'deployed'>): string {
  switch (outcome) {
    case 'rejected': {
      const { by, reason } = run.approvals.at(-1) ?? { by: 'nobody', reason: null };
      return `The flip was rejected by ${by}${because(reason)}.`;
    }
    default: {
      const { by, phase, reason } = run.wayBack ?? { by: 'nobody', phase: 'preflight', reason: null };
      return outcome === 'cancelled'
        ? `The workflow was cancelled in ${phase}.`
        : `A rollback was asked for by ${by} in ${phase}${because(reason)}.`;
    }
  }
}

function because(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: ${reason.replace(/[.\s]+$/, '')}`;
}

/** Only what the steps answered: what somebody else did to blue or green meanwhile is not claimed to be undone. */
function undone(run: Known, end: StackEnd | null, blueStands: boolean): string {
  const [blue, green] = [`blue (${run.blue.stack})`, `green (${run.green.stack})`];
  if (!run.phases.some(p => p.phase === 'provision' && p.state !== 'waiting' && p.state !== 'skipped'))
    return blueStands ? `Nothing had been changed: ${blue} is in service.` : 'Nothing had been changed by this run.';
  const left = endOfGreen(green, end);
  return blueStands
    ? `Everything was undone: ${blue} is in service as it was found, and ${left}.`
    : `What this run had done was undone, and ${left}; but ${blue} was changed or deleted by somebody else: see to it first.`;
}

function endOfGreen(green: string, end: StackEnd | null): string {
  switch (end) {
    case 'deleted':
      return `${green} was deleted`;
    case 'gone':
      return `${green} does not exist`;
    case 'left-alone':
      return `${green} is somebody else's stack, and was left alone`;
    case null:
      return `${green} was not made`;
  }
}

/** More topics than a person reads at once are counted; all of them are in the report. */
const MOST_TOPICS = 10;

function rolledBack(run: Known, stranded: Stranded): string {
  const back = `The traffic went back: blue (${run.blue.stack}) is in service with its own configs.`;
  if (stranded === 'unknown')
    return `${back} Green (${run.green.stack}) was deleted by somebody while it carried the traffic: what was written since the flip is lost with it, and was given up by a waiver.`;
  const counts = Object.entries(stranded).toSorted(([, a], [, b]) => Number(BigInt(b) - BigInt(a)));
  const total = counts.reduce((sum, [, n]) => sum + BigInt(n), 0n);
  const named = counts.slice(0, MOST_TOPICS).map(([topic, n]) => `${topic} ${n}`);
  const more = counts.length > MOST_TOPICS ? `, and ${counts.length - MOST_TOPICS} more topics` : '';
  const holds =
    total === 0n
      ? 'It took no record.'
      : `Only green has what was written since the flip, and nobody reads it there, ${total} offsets: ${named.join(', ')}${more}.`;
  return `${back} Green (${run.green.stack}) stays, and takes no record any more; when nobody needs it, delete it (aws cloudformation delete-stack --stack-name ${run.green.stack}). ${holds}`;
}
