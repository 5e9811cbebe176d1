/**
 * Chance that can be repeated: moments and orders that a test leaves open are drawn from a seed, which KAFKA_BLUEGREEN_SEED
 * sets (`npm run soak -- --seed N`). Without it every run draws the same. What fast-check draws depends on it too, in every file
 * with a guarantee, whose row names the seed.
 */
import fc from 'fast-check';
import { SEED_VARIABLE } from '../../bench/promises.ts';

export const seed = Number(process.env[SEED_VARIABLE] ?? '1');
fc.configureGlobal({ seed });

/** Numbers in [0, 1) that depend on the seed and the name alone (mulberry32). */
export function chance(name: string): () => number {
  let state = seed;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A moment within the span, in milliseconds. */
export function moment(draw: () => number, withinMs: number): number {
  return Math.floor(draw() * withinMs);
}
