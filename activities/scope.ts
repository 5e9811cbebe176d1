/**
 * Which topics and groups a step is about: the dispositions of preflight, less what was waived since, and what the request says of
 * whatever appeared later. What becomes of topics and groups is only told together with those that were seen, so that no step
 * forgets the late ones.
 */
import type { StepInput } from '../contract/activities.ts';
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import type { RunWaiver } from '../contract/messages.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type NamedGroup, requestedFor } from '../kafka/group-dispositions.ts';
import { isAmbient } from '../kafka/topic-dispositions.ts';
import type { Dependencies } from './dependencies.ts';

/** What a step saw of a cluster, a sweep among others. */
export interface Seen {
  readonly groups: readonly NamedGroup[];
  readonly topics?: readonly string[];
}

export interface Scope {
  /** What becomes of what preflight saw and of whom was waived since, and of what was seen now and appeared since. */
  readonly disposed: (seen: Seen) => Dispositions;
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
    disposed: seen => withLate(dispositions, seen, request),
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

/**
 * What appeared after preflight, as the request says. A topic counts only where it is `ambient`: the records of any other have no
 * frozen ends. A group of which nothing is said gates. Pure.
 */
export function withLate(
  dispositions: Dispositions,
  seen: Seen,
  request: Pick<DeploymentRequest, 'topics' | 'groups' | 'waive'>,
): Dispositions {
  const topics = new Set(dispositions.topics.map(t => t.topic));
  const groups = new Set(dispositions.groups.map(g => g.group));
  const lateTopics = (seen.topics ?? [])
    .filter(topic => !topics.has(topic) && isAmbient(topic, request.topics))
    .map(topic => ({ topic, disposition: 'ambient' as const, historyKept: false, decision: null }));
  const lateGroups = seen.groups.flatMap((late): DisposedGroup[] => {
    const asked = groups.has(late.group) ? null : requestedFor(late, request.groups, request.waive);
    return asked === null ? [] : [{ group: late.group, ...asked, switchAware: false }];
  });
  return {
    ...dispositions,
    topics: [...dispositions.topics, ...lateTopics],
    groups: [...dispositions.groups, ...lateGroups],
  };
}

function decisionOf({ by, reason }: RunWaiver) {
  return { by, reason };
}
