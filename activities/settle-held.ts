import type { Activities, Done, StepInput } from '../contract/activities.ts';
import { formatDuration } from '../contract/duration.ts';
import { listed } from '../contract/listed.ts';
import { describeWritten } from '../contract/observation.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { sampleEnds } from '../kafka/log-ends.ts';
import { pauseFor } from '../kafka/retry.ts';
import { firstBegun } from './begun.ts';
import { refuseChangedTopics } from './blue-topics.ts';
import { type BothQuiet, type BothSamples, firstOfBoth, heldBy, loudOfBoth, nextOfBoth } from './both-clusters.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform, Refused } from './step.ts';
import { nobodyWrites, unlessBlueGone } from './without-blue.ts';

const SAMPLE_EVERY_MS = 1_000;
/** Library producers wait meanwhile, so this is not `settle.quiet`: it shows a producer that writes on, not one that writes now and then. */
const QUIET_MS = 3_000;
/** A producer looks at the signpost every two seconds or so; who still writes after this long does not follow it. */
const PATIENCE_MS = 5_000;
/** Every library producer waits meanwhile, so a person is asked soon. */
const DEADLINE_MS = 30_000;

/**
 * Order `total`: all writers were asked to hold and every cache has forgotten what was before, so whoever writes now, to blue or to
 * green, follows no signpost. Named at once; waited for briefly, then refused with their names.
 */
export function settleHeld(deps: Dependencies): Activities['settleHeld'] {
  return input =>
    perform(pace => unlessBlueGone(deps, input, () => untilNobodyWrites(deps, input, pace), nobodyWrites));
}

async function untilNobodyWrites(deps: Dependencies, input: StepInput, pace: Pace): Promise<Done> {
  const { settle } = await getJson<DeploymentRequest>(deps.evidence, input.deployment.evidence.request);
  const quietMs = Math.min(settle.quiet, QUIET_MS);
  const deadlineMs = Math.min(settle.deadline, DEADLINE_MS);
  const scope = await scopeOf(deps, input);
  const watched = scope.drained.filter(topic => !scope.stragglersWaived.has(topic));
  await using blue = await deps.connect(input.deployment.blue);
  await using green = await deps.connect(endpointOf(input.deployment, 'green'));
  await refuseChangedTopics(blue, scope);
  let both = firstOfBoth(await sampleBoth(blue, green, watched));
  // From the first look on: what it took to reach the clusters is nobody's writing.
  const begun = firstBegun();
  pace.carry({ begun });
  const told = new Set<string>();
  for (;;) {
    await pauseFor(SAMPLE_EVERY_MS, pace.signal);
    both = nextOfBoth(both, await sampleBoth(blue, green, watched));
    const loud = loudOfBoth(both, quietMs);
    tellProgress(pace, both, loud.length);
    if (loud.length === 0) {
      await refuseChangedTopics(blue, scope);
      if (told.size > 0) await deps.tell({ kind: 'clear', what: 'written-while-held' });
      const early = await sampleEnds(green, scope.drained);
      return {
        detail: `${watched.length} topics of both clusters quiet for ${formatDuration(quietMs)}${onGreen(heldBy(early))}`,
      };
    }
    const elapsedMs = Date.now() - begun;
    if (elapsedMs > deadlineMs) {
      const named = loud.map(w => ('why' in w ? `${w.topic} on ${w.cluster} (${w.why})` : describeWritten(w)));
      throw new Refused(
        'WrittenWhileHeld',
        `Still written ${formatDuration(deadlineMs)} after all writers were asked to hold: ${listed(named)}. Library producers wait meanwhile. Stop these producers, then resume; or waive each topic as a straggler, and its order is not total; or roll back.`,
      );
    }
    const written = loud.flatMap(w => ('why' in w ? [] : [w]));
    if (elapsedMs > PATIENCE_MS && written.some(w => !told.has(`${w.cluster} ${w.topic}`))) {
      for (const { cluster, topic } of written) told.add(`${cluster} ${topic}`);
      const fastest = written.toSorted((a, b) => b.perSecond - a.perSecond).slice(0, 10);
      await deps.tell({ kind: 'written-while-held', topics: fastest });
    }
  }
}

async function sampleBoth(blue: Cluster, green: Cluster, topics: readonly string[]): Promise<BothSamples> {
  const [ofBlue, ofGreen] = await Promise.all([sampleEnds(blue, topics), sampleEnds(green, topics)]);
  return { blue: ofBlue, green: ofGreen };
}

function tellProgress(pace: Pace, { written }: BothQuiet, notQuiet: number): void {
  pace.progress({ phase: 'settle', notQuiet, written: written.slice(0, 10).map(describeWritten) });
}

/** What plain producers wrote to green before it was opened: nobody knows what came first, there or on blue. */
function onGreen(held: ReadonlyMap<string, bigint>): string {
  if (held.size === 0) return '';
  const counts = [...held].map(([topic, count]) => `${topic} ${count}`);
  return `; written to green before it was opened, by producers that follow no signpost (offsets): ${listed(counts, 5)}`;
}
