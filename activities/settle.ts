import type { Activities, Done, StepInput } from '../contract/activities.ts';
import { formatDuration } from '../contract/duration.ts';
import { listed } from '../contract/listed.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { sampleEnds } from '../kafka/log-ends.ts';
import type { TopicMovement } from '../kafka/movement.ts';
import { pauseFor } from '../kafka/retry.ts';
import { firstBegun } from './begun.ts';
import { refuseChangedTopics } from './blue-topics.ts';
import type { Dependencies } from './dependencies.ts';
import { firstSample, nextSample, notQuietFor, type Quiet } from './quiet.ts';
import { RecordWatch } from './record-watch.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform, Refused } from './step.ts';
import { nobodyWrites, unlessBlueGone } from './without-blue.ts';

const SAMPLE_EVERY_MS = 1_000;
/** Who writes for this long after every cache has forgotten blue is a straggler worth a person's attention. */
const PATIENCE_MS = 10_000;

/**
 * No end of a `drain` topic moved on blue for as long as asked for. Stragglers are named while blue is still open: restarting them
 * now costs nothing. Waits until the deadline, then refuses with their names.
 */
export function settle(deps: Dependencies): Activities['settle'] {
  return input => perform(pace => unlessBlueGone(deps, input, () => untilQuiet(deps, input, pace), nobodyWrites));
}

async function untilQuiet(deps: Dependencies, input: StepInput, pace: Pace): Promise<Done> {
  const request = await getJson<DeploymentRequest>(deps.evidence, input.deployment.evidence.request);
  const scope = await scopeOf(deps, input);
  const watched = scope.drained.filter(topic => !scope.stragglersWaived.has(topic));
  const begun = firstBegun();
  pace.carry({ begun });
  await using blue = await deps.connect(input.deployment.blue);
  await refuseChangedTopics(blue, scope);
  let quiet = firstSample(await sampleEnds(blue, watched));
  // The last rate of each topic that was seen written, and those that were told: once each, for every telling costs history.
  const seen = new Map<string, number>();
  const told = new Set<string>();
  const records = new RecordWatch(deps, input.deployment, 'flipped', pace);
  for (;;) {
    await pauseFor(SAMPLE_EVERY_MS, pace.signal);
    await records.look();
    quiet = nextSample(quiet, await sampleEnds(blue, watched));
    const loud = notQuietFor(quiet, request.settle.quiet);
    pace.progress({ phase: 'settle', topicsNotQuiet: loud.length, moving: worst(quiet) });
    if (loud.length === 0 || quiet.moving.some(m => m.kind !== 'moved')) await refuseChangedTopics(blue, scope);
    if (loud.length === 0) {
      if (told.size > 0) await deps.tell({ kind: 'clear', what: 'stragglers' });
      return { detail: `${watched.length} topics quiet for ${formatDuration(request.settle.quiet)}` };
    }
    for (const { topic, perSecond } of worst(quiet)) seen.set(topic, perSecond);
    if (Date.now() - begun > request.settle.deadline)
      throw stragglersRemain(quiet, loud, seen, request.settle.deadline);
    const stragglers = loud.flatMap(topic => {
      const perSecond = seen.get(topic);
      return perSecond === undefined ? [] : [{ topic, perSecond }];
    });
    if (stragglers.some(({ topic }) => !told.has(topic)) && Date.now() - begun > PATIENCE_MS) {
      for (const { topic } of stragglers) told.add(topic);
      const fastest = stragglers.toSorted((a, b) => b.perSecond - a.perSecond).slice(0, 10);
      await deps.tell({ kind: 'stragglers', topics: fastest });
    }
  }
}

function worst({ moving }: Quiet): { topic: string; perSecond: number }[] {
  const written = moving.filter(m => m.kind === 'moved');
  return written.slice(0, 10).map(m => ({ topic: m.topic, perSecond: rate(m) }));
}

function rate(m: TopicMovement): number {
  return m.kind === 'moved' ? Math.round(m.perSecond * 10) / 10 : 0;
}

function stragglersRemain(
  quiet: Quiet,
  loud: readonly string[],
  seen: ReadonlyMap<string, number>,
  deadlineMs: number,
): Refused {
  const named = loud.map(topic => {
    const moving = quiet.moving.find(m => m.topic === topic);
    if (moving?.kind === 'unknown') return `${topic} (${moving.reason})`;
    const perSecond = seen.get(topic);
    return perSecond === undefined ? topic : `${topic} (${perSecond}/s)`;
  });
  return new Refused(
    'StragglersRemain',
    `Blue was still written after ${formatDuration(deadlineMs)}: ${listed(named)}. Restart their producers, then resume; or waive each topic as a straggler, and its producers get errors from the fence on.`,
  );
}
