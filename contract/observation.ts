/**
 * What a running step wants a person to know before it ends. Sent by the worker as the update `observe`; live numbers stay in
 * heartbeats. At most 40 a run, each of ten objects at most: each costs history.
 */
import { z } from 'zod';

export const MOST_OBSERVATIONS = 40;
const MOST_NAMED = 10;
/** Kafka's longest topic name; groups that are longer are cut visibly. */
const MOST_NAME = 249;
const MOST_WHY = 200;

const name = z.string().max(MOST_NAME);
const listOf = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MOST_NAMED).readonly();
const attention = [
  'stragglers',
  'written-while-held',
  'never-finishes',
  'restart-now',
  'not-on-green',
  'not-frozen',
] as const;

const observationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stragglers'),
    topics: listOf(z.strictObject({ topic: name, perSecond: z.number().min(0) }).readonly()),
  }),
  z.strictObject({
    kind: z.literal('written-while-held'),
    topics: listOf(
      z
        .strictObject({
          topic: name,
          cluster: z.enum(['blue', 'green']),
          partitions: z.int().min(1),
          perSecond: z.number().min(0),
        })
        .readonly(),
    ),
  }),
  z.strictObject({
    kind: z.literal('never-finishes'),
    groups: listOf(z.strictObject({ group: name, why: z.string().max(MOST_WHY) }).readonly()),
  }),
  z.strictObject({ kind: z.literal('restart-now'), groups: listOf(name) }),
  z.strictObject({ kind: z.literal('not-on-green'), groups: listOf(name) }),
  z.strictObject({
    kind: z.literal('not-frozen'),
    cluster: z.enum(['blue', 'green']),
    topics: listOf(z.strictObject({ topic: name, why: z.string().max(MOST_WHY) }).readonly()),
  }),
  z.strictObject({ kind: z.literal('clear'), what: z.enum(attention) }),
]);

export type Observation = Readonly<z.output<typeof observationSchema>>;
/** What is shown to a person until it is cleared. */
export type Attention = Exclude<Observation, { kind: 'clear' }>;

/** A topic that is written on one of the clusters while writers hold; the rate is in records a second. */
export type Written = Extract<Attention, { kind: 'written-while-held' }>['topics'][number];

/** The same words while it is waited for and in a hold. */
export function describeWritten({ topic, cluster, partitions, perSecond }: Written): string {
  return `${topic} on ${cluster} (${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, ${perSecond}/s)`;
}

/** The observation, or null for whatever else may arrive. */
export function parseObservation(candidate: unknown): Observation | null {
  return observationSchema.safeParse(candidate).data ?? null;
}

/** The same with every text and list short enough to be taken; what was cut ends in `…`. */
export function shortened(observation: Observation): Observation {
  switch (observation.kind) {
    case 'stragglers': {
      const topics = observation.topics.slice(0, MOST_NAMED).map(t => ({ ...t, topic: cut(t.topic, MOST_NAME) }));
      return { ...observation, topics };
    }
    case 'written-while-held': {
      const topics = observation.topics.slice(0, MOST_NAMED).map(t => ({ ...t, topic: cut(t.topic, MOST_NAME) }));
      return { ...observation, topics };
    }
    case 'never-finishes': {
      const groups = observation.groups.slice(0, MOST_NAMED);
      return {
        ...observation,
        groups: groups.map(g => ({ group: cut(g.group, MOST_NAME), why: cut(g.why, MOST_WHY) })),
      };
    }
    case 'restart-now':
    case 'not-on-green':
      return { ...observation, groups: observation.groups.slice(0, MOST_NAMED).map(group => cut(group, MOST_NAME)) };
    case 'not-frozen': {
      const topics = observation.topics.slice(0, MOST_NAMED);
      return {
        ...observation,
        topics: topics.map(t => ({ topic: cut(t.topic, MOST_NAME), why: cut(t.why, MOST_WHY) })),
      };
    }
    case 'clear':
      return observation;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
