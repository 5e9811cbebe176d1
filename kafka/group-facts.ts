/**
 * The groups of an inventory, of every type: one complete sweep in which every group was seen. What cannot be seen is waited for
 * (a rebalance ends, a coordinator loads), and otherwise a KafkaTrouble, never an empty list.
 */
import type { GroupFacts } from '../contract/inventory.ts';
import type { Cluster } from './cluster.ts';
import { pauseFor, until } from './retry.ts';
import { isSeen, type SeenGroup, type Sweep } from './sight.ts';
import { sweepGroups } from './sweep.ts';
import type { LongCall } from './topic-configs.ts';

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** Every group of the cluster, in order of name; complete, or a KafkaTrouble. */
export function readGroupFacts(cluster: Cluster, signal?: AbortSignal): Promise<GroupFacts[]> {
  return until(
    'every group of the cluster is seen',
    async () => {
      const sweep = await sweepGroups(cluster, { signal });
      if (sweep.kind === 'incomplete') return { seen: sweep.reasons.slice(0, 3).join('; ') };
      const unseen = sweep.groups.find(g => g.kind === 'unseen');
      if (unseen?.kind === 'unseen') return { seen: `group ${unseen.group}: ${unseen.reason}` };
      return { done: sweep.groups.filter(isSeen).map(factsOf) };
    },
    { signal, withinMs: WITHIN_MS, everyMs: LOOK_EVERY_MS },
  );
}

/** A sweep in which every group is seen; after `withinMs` (20 s) the last one, with what it could not see. */
export async function sweepUntilSeen(
  cluster: Cluster,
  o: LongCall & { readonly withinMs?: number } = {},
): Promise<Sweep> {
  const deadline = Date.now() + (o.withinMs ?? 20_000);
  for (;;) {
    const sweep = await sweepGroups(cluster, o);
    if ((sweep.kind === 'complete' && sweep.groups.every(isSeen)) || Date.now() > deadline) return sweep;
    await pauseFor(LOOK_EVERY_MS, o.signal);
  }
}

function factsOf({ group, type, state, protocolType, members, commits }: SeenGroup): GroupFacts {
  return { group, type, state, protocolType, members, commits };
}
