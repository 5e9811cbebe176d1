import type { Deployment } from '../contract/deployment.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { isBookkeeping } from '../kafka/topic-dispositions.ts';
import type { Dependencies } from './dependencies.ts';
import { scopeOf } from './scope.ts';

/** Topics of green that may hold somebody's records, those that applications created there too: neither bookkeeping nor `ambient`. */
export async function topicsOfGreen(deps: Dependencies, deployment: Deployment, green: Cluster): Promise<string[]> {
  const { disposed } = await scopeOf(deps, { deployment, waivers: [] });
  const names = (await green.metadata()).topics.filter(t => !isBookkeeping(t)).map(t => t.name);
  const decided = disposed({ groups: [], topics: names }).topics;
  const ambient = new Set(decided.filter(t => t.disposition === 'ambient').map(t => t.topic));
  return names.filter(name => !ambient.has(name)).toSorted();
}
