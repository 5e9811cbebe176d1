/** Observations of running steps as sentences for a person. */
import type { Observation } from '../contract/observation.ts';

/** The sentence, with what to do about it. */
export function describeObservation(observation: Exclude<Observation, { kind: 'clear' }>): string {
  switch (observation.kind) {
    case 'stragglers':
      return `Still written on blue: ${list(observation.topics, t => `${t.topic} (${t.perSecond}/s)`)}. Restart these producers now, while blue is open: it costs them nothing; under the fence it would.`;
    case 'never-finishes':
      return `Will not drain by itself: ${list(observation.groups, g => `${g.group} (${g.why})`)}. Start its consumers on blue, or waive it.`;
    case 'restart-now':
      return `Restart now: ${list(observation.groups, group => group)}. Their records on blue are read; they still run there.`;
  }
}

/** The same for anything that may arrive; null when it is not an observation. */
export function attentionLine(candidate: unknown): string | null {
  if (typeof candidate !== 'object' || candidate === null || !('kind' in candidate)) return null;
  try {
    const observation = candidate as Observation;
    return observation.kind === 'clear' ? `clear ${observation.what}` : (describeObservation(observation) ?? null);
  } catch {
    return null;
  }
}

/** More than a person reads at once are counted. */
const MOST_NAMED = 10;

function list<T>(items: readonly T[], say: (item: T) => string): string {
  const named = items.slice(0, MOST_NAMED).map(say).join(', ');
  return items.length > MOST_NAMED ? `${named} and ${items.length - MOST_NAMED} more` : named;
}
