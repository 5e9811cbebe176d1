/** The twelve phases of a deployment, in order, and the two ways back. */
export const PHASES = [
  'preflight',
  'provision',
  'parity',
  'smoke',
  'approval',
  'flip',
  'settle',
  'freeze',
  'drain',
  'release',
  'bake',
  'decommission',
] as const;

export type Phase = (typeof PHASES)[number];

/** `undo` is the way back before the flip, `rollback` the one after it. */
export type WayBack = 'undo' | 'rollback';

export const GATES = ['flip', 'bake', 'decommission'] as const;
/** What a person approves: the flip, an early end of bake, the deletion of blue. */
export type Gate = (typeof GATES)[number];

/** How a run ended. `cancelled` and `failed` runs have put back what they changed, as `rejected` and `rolled-back` ones have. */
export const OUTCOMES = ['deployed', 'rejected', 'rolled-back', 'cancelled', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];
