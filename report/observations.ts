/** Observations of running steps as sentences for a person. */
import { type Attention, describeWritten } from '../contract/observation.ts';

/** The sentence, with what to do about it. */
export function describeObservation(observation: Attention): string {
  switch (observation.kind) {
    case 'stragglers':
      return `Still written on blue: ${list(observation.topics, t => `${t.topic} (${t.perSecond}/s)`)}. Restart these producers now, while blue is open: it costs them nothing; under the fence it would.`;
    case 'written-while-held':
      return `Written while writers hold: ${list(observation.topics, describeWritten)}. Stop these producers, which follow no signpost; library producers wait until nobody writes.`;
    case 'never-finishes':
      return `Will not drain by itself: ${list(observation.groups, g => `${g.group} (${g.why})`)}. Start its consumers on blue, or waive it.`;
    case 'not-on-green':
      return `Not read on green yet what was there when they were released: ${list(observation.groups, group => group)}. Start them, so that they read on; until then green keeps its records, and bake does not end. One that never comes back: reset or delete its offsets on green, or waive the group.`;
    case 'not-frozen':
      return `Fenced on ${observation.cluster}, and not frozen yet: ${list(observation.topics, t => `${t.topic} (${t.why})`)}. See that every broker of ${observation.cluster} runs, and stop the producers of transactions that stay open.`;
    case 'restart-now':
      return `Restart now: ${list(observation.groups, group => group)}. Their records on blue are read; they still run there.`;
  }
}

function list<T>(items: readonly T[], say: (item: T) => string): string {
  return items.map(say).join(', ');
}
