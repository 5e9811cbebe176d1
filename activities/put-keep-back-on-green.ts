import type { Activities } from '../contract/activities.ts';
import { listed } from '../contract/listed.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { readCommitted } from '../kafka/commit-offsets.ts';
import { putKeepBack } from '../kafka/keep.ts';
import { pauseFor } from '../kafka/retry.ts';
import { dataRecordsBetween } from '../kafka/tail.ts';
import { firstBegun } from './begun.ts';
import { goneFrom } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { guarded } from './guard.ts';
import { type Release, readLedger } from './ledger-evidence.ts';
import { Naming } from './naming.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform } from './step.ts';
import { done, originalConfigs } from './topic-configs.ts';

const LOOK_EVERY_MS = 2_000;
/** Switch-aware groups and those that were restarted get there within seconds. */
const PATIENCE_MS = 60_000;

/**
 * Green expires records as its owners want it, topic by topic, once every group that ran when it was released has passed what was
 * there then. A group without members reads on when it runs next, as it did on blue: it holds up nothing, nor does one that was waived,
 * nor a topic that somebody deleted.
 */
export function putKeepBackOnGreen(deps: Dependencies): Activities['putKeepBackOnGreen'] {
  return input =>
    perform(async pace => {
      // A topic that was waived on blue since the start has keep on green like all others.
      const { drained } = await scopeOf(deps, { ...input, waivers: [] });
      const { moved } = await scopeOf(deps, input);
      const originals = await originalConfigs(deps, input.deployment);
      const { releases } = await readLedger(deps, input.deployment, null);
      const gating = new Set(moved.map(g => g.group));
      const waiting = releases.filter(r => r.members > 0 && gating.has(r.group));
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      const begun = firstBegun();
      pace.carry({ begun });
      let left: readonly string[] = drained;
      const deleted = new Set<string>();
      const notOnGreen = new Naming(deps, 'not-on-green');
      for (;;) {
        for (const topic of await goneFrom(green, left)) deleted.add(topic);
        left = left.filter(topic => !deleted.has(topic));
        const behind = await topicsNotPassed(green, waiting, left, pace);
        const passed = left.filter(topic => !behind.has(topic));
        if (passed.length > 0)
          done(
            await putKeepBack(green, passed, originals.green, guarded(deps, input.deployment, 'readers-moved', pace)),
            'green',
          );
        left = left.filter(topic => behind.has(topic));
        pace.progress({ phase: 'bake', topicsKept: left.length, such: left.slice(0, 5) });
        const groups = [...new Set([...behind.values()].flat())].toSorted();
        if (groups.length > 0 && Date.now() - begun > PATIENCE_MS)
          await notOnGreen.name(groups, () => ({ kind: 'not-on-green', groups: groups.slice(0, 10) }));
        if (left.length === 0) {
          const besides = deleted.size === 0 ? '' : `; deleted meanwhile, not by this run: ${listed([...deleted])}`;
          return {
            detail: `${drained.length - deleted.size} topics of green have their own retention again${besides}`,
          };
        }
        await pauseFor(LOOK_EVERY_MS, pace.signal);
      }
    });
}

/** Topics on which groups have data records left below green's end as it was at their release, and those groups. */
async function topicsNotPassed(
  green: Cluster,
  releases: readonly Release[],
  topics: readonly string[],
  pace: Pace,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const behind = new Map<string, string[]>();
  const committed = await readCommitted(
    green,
    releases.map(r => r.group),
    pace,
  );
  for (const { group, greenEnds } of releases) {
    const commits = new Map((committed.get(group) ?? []).map(c => [`${c.topic}/${c.partition}`, c.offset]));
    for (const topic of topics) {
      for (const [partition, end] of (greenEnds[topic] ?? []).entries()) {
        const offset = commits.get(`${topic}/${partition}`);
        // No commit: the group does not read this topic.
        if (end === null || offset === undefined || offset >= BigInt(end)) continue;
        const left = await dataRecordsBetween(green, { topic, partition, from: String(offset), to: end }, pace);
        if (left.kind === 'counted' && left.records === '0') continue;
        behind.set(topic, [...(behind.get(topic) ?? []), group]);
        break;
      }
    }
  }
  return behind;
}
