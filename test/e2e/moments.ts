/** Moments within a phase at which a test may act: drawn from the seed, within the least that the phase takes under `stretched`. */
import type { Phase } from '../../contract/phases.ts';
import { chance, moment, seed } from '../support/seed.ts';
import { request } from './deployment.ts';

/** The same deployment with longer waits, so that a moment within a phase can be met from outside. */
export const stretched = {
  ...request,
  settle: { clientCache: '2s', quiet: '4s' },
  drain: { sweeps: 4, every: '1s' },
} as const;

export const BEFORE_FLIP = ['preflight', 'provision', 'parity', 'smoke', 'approval'] as const;
export const AFTER_FLIP = ['settle', 'freeze', 'drain'] as const;

/** Milliseconds that each phase surely goes on after it was first seen. */
const LEAST_MS: Readonly<Partial<Record<Phase, number>>> = {
  preflight: 200,
  provision: 8_000,
  parity: 300,
  smoke: 800,
  approval: 2_000,
  settle: 4_000,
  freeze: 700,
  drain: 2_000,
};

/** A test's moment, and words for its title by which it can be met again. */
export function momentIn(phase: Phase, name: string): { readonly afterMs: number; readonly words: string } {
  const afterMs = moment(chance(`${name} ${phase}`), LEAST_MS[phase] ?? 0);
  return { afterMs, words: `${afterMs} ms into ${phase}, seed ${seed}` };
}
