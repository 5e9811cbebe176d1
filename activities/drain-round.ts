/**
 * One round of the drain: a sweep of every group on blue judged against the frozen ends, with everything the judgement rests on
 * looked at again: the ends themselves, the fence under new leaders, the seeds and tickets on green. Changes nothing on blue.
 */
import { type DrainProgress, foldSweep, type GroupStanding, tailsToRead } from '../kafka/drain-progress.ts';
import type { TailCount } from '../kafka/ledger.ts';
import { readLogStarts } from '../kafka/log-ends.ts';
import type { Sweep } from '../kafka/sight.ts';
import { sweepGroups } from '../kafka/sweep.ts';
import { readTails } from '../kafka/tail.ts';
import { holdOnGreen } from './hold-on-green.ts';
import type { Round } from './round.ts';
import type { Pace } from './step.ts';
import { proveStillFrozen } from './still-frozen.ts';

/** Tails of up to this many offsets are read at once, longer ones when their group stops moving. */
const FEW_OFFSETS = 10_000n;

export interface DrainState {
  readonly progress: DrainProgress;
  readonly tails: readonly TailCount[];
}

export interface RoundResult {
  readonly state: DrainState;
  readonly standings: readonly GroupStanding[];
  readonly sweep: Sweep;
  /** Offsets read on green before the release, by group that was moved back to its seed in this round. */
  readonly readAgain: ReadonlyMap<string, bigint>;
}

export async function drainRound(round: Round, { progress, tails }: DrainState, pace: Pace): Promise<RoundResult> {
  const { blue, frozen } = round;
  const unseen = await proveStillFrozen(blue, frozen, round.remedy, pace);
  const swept = await sweepGroups(blue, { ...pace, expected: progress.groups.map(g => g.group) });
  const sweep = unseen.leaders.length === 0 ? swept : incomplete(swept, unseen.leaders);
  const logStarts = await readLogStarts(
    blue,
    frozen.topics.map(t => t.topic),
  );
  const look = { frozen, sweep, dispositions: round.scope.disposed(sweep), logStarts };
  const before = foldSweep(progress, { ...look, tails }, round);
  const read = await readTails(blue, tailsToRead(before.standings, tails, FEW_OFFSETS), pace);
  const allTails = [...tails.filter(stillOf(before.standings)), ...read];
  // The same sweep is judged once: with the tails it made worth reading, where there were any.
  const { progress: next, standings } =
    read.length === 0 ? before : foldSweep(progress, { ...look, tails: allTails }, round);
  const readAgain = await holdOnGreen(round, sweep, new Set(next.sealed.map(s => s.group)), pace);
  return { state: { progress: next, tails: allTails }, standings, sweep, readAgain };
}

/** Where a leader was not seen at the frozen end, nothing that this sweep saw counts as proved. */
function incomplete(sweep: Sweep, reasons: readonly string[]): Sweep {
  const known = sweep.kind === 'incomplete' ? sweep.reasons : [];
  return { ...sweep, kind: 'incomplete', reasons: [...known, ...reasons.slice(0, 3)] };
}

/** Keeps the tails that some row still rests on, so that the state does not grow with every commit. */
function stillOf(standings: readonly GroupStanding[]): (tail: TailCount) => boolean {
  const places = new Set(
    standings.flatMap(s =>
      s.rows.flatMap(row =>
        'committed' in row.state
          ? [`${row.topic}/${row.partition}@${row.state.committed}`]
          : 'from' in row.state
            ? [`${row.topic}/${row.partition}@${row.state.from}`]
            : [],
      ),
    ),
  );
  return tail => places.has(`${tail.topic}/${tail.partition}@${tail.from}`);
}
