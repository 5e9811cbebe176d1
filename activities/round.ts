/** What every round of the drain rests on. */
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { Cluster } from '../kafka/cluster.ts';
import type { Scope } from './scope.ts';

export interface Round {
  readonly deployment: Deployment;
  readonly scope: Scope;
  readonly blue: Cluster;
  readonly green: Cluster;
  readonly frozen: FrozenEnds;
  readonly sweeps: number;
}
