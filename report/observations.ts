/** Observations of running steps as sentences for a person. */
import type { Observation } from '../contract/observation.ts';

/** The sentence, with what to do about it. */
export function describeObservation(observation: Exclude<Observation, { kind: 'clear' }>): string {
  switch (observation.kind) {
    case 'settled':
      return 'No end of a topic that is drained moves on blue any more.';
    case 'frozen':
      return `Fence proved on ${observation.topics} topics (${observation.partitions} partitions); their ends are fixed.`;
    case 'stragglers':
      return `Still written on blue: ${observation.topics
        .map(t => `${t.topic} (${t.perSecond}/s)`)
        .join(
          ', ',
        )}. Restart these producers now, while blue is open: it costs them nothing; under the fence it would.`;
    case 'never-finishes':
      return `Will not drain by itself: ${observation.groups.map(g => `${g.group} (${g.why})`).join(', ')}. Start its consumers on blue, or waive it.`;
    case 'restart-now':
      return `Restart now: ${observation.groups.join(', ')}. Their records on blue are read; they still run there.`;
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
