/** Which topics and groups a step is about: the dispositions of preflight, less what was waived since. */
import type { StepInput } from '../contract/activities.ts';
import type { DisposedGroup, Dispositions } from '../contract/dispositions.ts';
import { getJson } from '../evidence/store.ts';
import type { Dependencies } from './dependencies.ts';

export interface Scope {
  readonly dispositions: Dispositions;
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
  const dispositions = await getJson<Dispositions>(deps.evidence, deployment.evidence.dispositions);
  const waived = (kind: 'topic' | 'group' | 'straggler') =>
    new Set(waivers.filter(w => w.kind === kind).map(w => w.name));
  const [topics, groups, stragglersWaived] = [waived('topic'), waived('group'), waived('straggler')];
  const fenced = dispositions.topics.filter(t => t.disposition !== 'ambient');
  return {
    dispositions,
    drained: fenced.filter(t => t.disposition === 'drain' && !topics.has(t.topic)).map(t => t.topic),
    fenced: fenced.map(t => t.topic),
    moved: dispositions.groups.filter(g => g.disposition === 'move' && !groups.has(g.group)),
    stragglersWaived,
  };
}
