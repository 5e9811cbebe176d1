import type { Activities, Done, StepInput } from '../contract/activities.ts';
import type { Dispositions } from '../contract/dispositions.ts';
import { gates } from '../kafka/ledger.ts';
import { pauseFor } from '../kafka/retry.ts';
import type { Sweep } from '../kafka/sight.ts';
import { sweepGroups } from '../kafka/sweep.ts';
import type { Dependencies } from './dependencies.ts';
import { LEAVES_WITHIN_MS, RestartNow } from './restart-now.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform } from './step.ts';
import { unlessBlueGone } from './without-blue.ts';

const LOOK_EVERY_MS = 2_000;

/** Groups that gate and have members, or could not be seen. Pure. */
export function leftOnBlue(sweep: Pick<Sweep, 'groups'>, { groups }: Pick<Dispositions, 'groups'>): string[] {
  const disposed = new Map(groups.map(g => [g.group, g]));
  return sweep.groups
    .filter(g => gates(disposed.get(g.group)) && (g.kind === 'unseen' || g.members.length > 0))
    .map(g => g.group);
}

/** No group that moves has members on blue any more. Plain ones leave when their owners restart them: they are named until they do. */
export function awaitReadersGone(deps: Dependencies): Activities['awaitReadersGone'] {
  return input =>
    perform(pace =>
      unlessBlueGone(
        deps,
        input,
        () => untilGone(deps, input, pace),
        async ({ by }) => ({ detail: `somebody deleted blue, so nobody reads it; ${by} answers for that` }),
      ),
    );
}

async function untilGone(deps: Dependencies, input: StepInput, pace: Pace): Promise<Done> {
  const { moved, disposed } = await scopeOf(deps, input);
  await using blue = await deps.connect(input.deployment.blue);
  const begun = Date.now();
  const restartNow = new RestartNow(deps);
  for (;;) {
    const sweep = await sweepGroups(blue, pace);
    const left = leftOnBlue(sweep, disposed(sweep));
    pace.progress({ phase: 'release', stillOnBlue: left.slice(0, 10), groups: left.length });
    if (sweep.kind === 'complete' && left.length === 0) {
      await restartNow.name([]);
      return { detail: `none of ${moved.length} groups has members on blue` };
    }
    if (Date.now() - begun > LEAVES_WITHIN_MS) await restartNow.name(left);
    await pauseFor(LOOK_EVERY_MS, pace.signal);
  }
}
