/**
 * Which topics and groups a step is about: the dispositions of preflight, less what was waived since, and what the request says of
 * whatever appeared later. What becomes of a group is only told together with the groups that were seen, so that no step forgets
 * the late ones.
 */
import type { StepInput } from '../contract/activities.ts';
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import type { RunWaiver } from '../contract/messages.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type NamedGroup, requestedFor } from '../kafka/group-dispositions.ts';
import type { Dependencies } from './dependencies.ts';

/** What a step saw of a cluster, a sweep among others. */
export interface Seen {
  readonly groups: readonly NamedGroup[];
}

export interface Scope {
  /** What becomes of preflight's groups, of those that were waived since, and of those that were seen and appeared since. */
  readonly disposed: (seen: Seen) => Dispositions;
  /** What becomes of preflight's topics. */
  readonly dispositions: Omit<Dispositions, 'groups'>;
  /** Topics whose records must be read: disposition `drain`, not waived since. */
  readonly drained: readonly string[];
  /** Topics that are fenced on blue: all but internals and `ambient`, whether or not their records are waived. */
  readonly fenced: readonly string[];
  /** Groups that gate: disposition `move`, not waived since. */
  readonly moved: readonly DisposedGroup[];
  /** Topics on which a straggler was accepted: their ends may move until the fence. */
  readonly stragglersWaived: ReadonlySet<string>;
}

export async function scopeOf(deps: Dependencies, { deployment, waivers }: StepInput): Promise<Scope> {
  const decided = await getJson<Dispositions>(deps.evidence, deployment.evidence.dispositions);
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const dispositions = withWaivers(decided, waivers);
  const fenced = dispositions.topics.filter(t => t.disposition !== 'ambient');
  return {
    disposed: seen => withLateGroups(dispositions, seen.groups, request),
    dispositions,
    drained: fenced.filter(t => t.disposition === 'drain').map(t => t.topic),
    fenced: fenced.map(t => t.topic),
    moved: dispositions.groups.filter(g => g.disposition === 'move'),
    stragglersWaived: new Set(waivers.filter(w => w.kind === 'straggler').map(w => w.name)),
  };
}

/** A waived topic's records die with blue; a waived group is abandoned. A group that appeared since preflight can be waived too. Pure. */
export function withWaivers(dispositions: Dispositions, waivers: readonly RunWaiver[]): Dispositions {
  const of = (kind: RunWaiver['kind']) => new Map(waivers.filter(w => w.kind === kind).map(w => [w.name, w]));
  const [topics, groups] = [of('topic'), of('group')];
  const known = new Set(dispositions.groups.map(g => g.group));
  const late = [...groups].filter(([group]) => !known.has(group));
  return {
    ...dispositions,
    topics: dispositions.topics.map(t => {
      const waiver = t.disposition === 'drain' ? topics.get(t.topic) : undefined;
      return waiver === undefined ? t : { ...t, disposition: 'waive', decision: decisionOf(waiver) };
    }),
    groups: [
      ...dispositions.groups.map(g => {
        const waiver = g.disposition === 'move' ? groups.get(g.group) : undefined;
        return waiver === undefined ? g : { ...g, disposition: 'abandoned' as const, decision: decisionOf(waiver) };
      }),
      ...late.map(([group, waiver]) => ({
        group,
        disposition: 'abandoned' as const,
        start: 'earliest' as const,
        decision: decisionOf(waiver),
        switchAware: false,
      })),
    ],
  };
}

/** Groups that appeared after preflight, disposed as the request says; what it says nothing about gates. Pure. */
export function withLateGroups(
  dispositions: Dispositions,
  groups: Seen['groups'],
  request: Pick<DeploymentRequest, 'groups' | 'waive'>,
): Dispositions {
  const known = new Set(dispositions.groups.map(g => g.group));
  const late = groups.flatMap((seen): DisposedGroup[] => {
    const asked = known.has(seen.group) ? null : requestedFor(seen, request.groups, request.waive);
    return asked === null ? [] : [{ group: seen.group, ...asked, switchAware: false }];
  });
  return { ...dispositions, groups: [...dispositions.groups, ...late] };
}

function decisionOf({ by, reason }: RunWaiver) {
  return { by, reason };
}
