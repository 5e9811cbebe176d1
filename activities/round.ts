/** What every round of the drain rests on. */
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { Cluster } from '../kafka/cluster.ts';
import type { Scope } from './scope.ts';
import type { Remedy } from './still-frozen.ts';

export interface Round {
  readonly deployment: Deployment;
  readonly scope: Scope;
  readonly blue: Cluster;
  readonly green: Cluster;
  readonly frozen: FrozenEnds;
  /** What to do when blue is not as it was frozen. */
  readonly remedy: Remedy;
  readonly sweeps: number;
}
