/** What a run came to, in the words of a person who was not there. */
import type { Outcome } from '../contract/phases.ts';
import type { Stranded } from '../contract/report.ts';
import type { Status } from '../contract/status.ts';

export interface Ending {
  readonly outcome: Exclude<Outcome, 'failed'>;
  /** After a rollback that followed the flip: offsets that stay on green, by topic. */
  readonly stranded: Stranded | null;
}

type Known = Pick<Status, 'blue' | 'green' | 'wayBack' | 'approvals' | 'phases'>;

/** One paragraph: what happened, by whom, where the traffic is, and what is left to do. */
export function describeEnding(run: Known, { outcome, stranded }: Ending): string {
  if (outcome === 'deployed')
    return `Deployed: green (${run.green.stack}) is in service, and blue (${run.blue.stack}) was deleted.`;
  return `${cause(run, outcome)} ${wentBack(run, stranded)}`;
}

/** The same for a run that a step's failure ended. */
export function describeFailure(run: Known, reason: string, stranded: Ending['stranded']): string {
  const phase = run.phases.find(p => p.state === 'failed')?.phase ?? 'preflight';
  const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  return `The deployment failed in ${phase}: ${sentence} ${wentBack(run, stranded)}`;
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

function wentBack(run: Known, stranded: Ending['stranded']): string {
  return stranded === null ? undone(run) : rolledBack(run, stranded);
}

function undone(run: Known): string {
  if (!run.phases.some(p => p.phase === 'provision' && p.state !== 'waiting' && p.state !== 'skipped'))
    return `Nothing had been changed: blue (${run.blue.stack}) is in service.`;
  return `Everything was undone: blue (${run.blue.stack}) is in service as it was found, and green (${run.green.stack}) was deleted.`;
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
