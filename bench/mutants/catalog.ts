/** Every mutant, in the order in which they are tried. */
import { deploymentMutants } from './catalog/deployment.ts';
import { drainMutants } from './catalog/drain.ts';
import { freezeMutants } from './catalog/freeze.ts';
import { outsideMutants } from './catalog/outside.ts';
import { switchingMutants } from './catalog/switching.ts';
import type { Mutant } from './mutant.ts';

export const catalog: readonly Mutant[] = [
  ...freezeMutants,
  ...drainMutants,
  ...deploymentMutants,
  ...outsideMutants,
  ...switchingMutants,
];
