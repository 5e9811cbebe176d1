/** Since when each topic has been quiet, folded over samples of its ends. Pure. What was not seen twice is not quiet. */
import { type EndsSample, movement, type TopicMovement } from '../kafka/movement.ts';

export interface Quiet {
  readonly sample: EndsSample;
  /** Milliseconds since 1970 of the last sample at which the topic still moved, by topic. */
  readonly movedAtMs: Readonly<Record<string, number>>;
  /** Those that moved between the last two samples, the fastest first. */
  readonly moving: readonly TopicMovement[];
}

export function firstSample(sample: EndsSample): Quiet {
  const movedAtMs = Object.fromEntries(Object.keys(sample.ends).map(topic => [topic, sample.atMs]));
  return { sample, movedAtMs, moving: [] };
}

export function nextSample(quiet: Quiet, sample: EndsSample): Quiet {
  const seen = movement(quiet.sample, sample);
  const movedAtMs = Object.fromEntries(
    seen.map(({ topic, kind }) => [topic, kind === 'quiet' ? (quiet.movedAtMs[topic] ?? sample.atMs) : sample.atMs]),
  );
  const speed = (m: TopicMovement) => (m.kind === 'moved' ? m.perSecond : 0);
  return { sample, movedAtMs, moving: seen.filter(m => m.kind !== 'quiet').toSorted((a, b) => speed(b) - speed(a)) };
}

/** Topics that have not been quiet for as long as asked for. */
export function notQuietFor(quiet: Quiet, ms: number): string[] {
  return Object.entries(quiet.movedAtMs)
    .filter(([, movedAt]) => quiet.sample.atMs - movedAt < ms)
    .map(([topic]) => topic);
}
