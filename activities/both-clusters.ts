/** Who writes while nobody should, on either cluster, folded over samples of both. Pure. */
import type { Written } from '../contract/observation.ts';
import type { EndsSample, TopicMovement } from '../kafka/movement.ts';
import type { Colour } from './dependencies.ts';
import { firstSample, nextSample, notQuietFor, type Quiet } from './quiet.ts';

const COLOURS = ['blue', 'green'] as const;

export interface BothQuiet {
  readonly quiet: Readonly<Record<Colour, Quiet>>;
  /** As each place was last seen written; in order of first sight. */
  readonly written: readonly Written[];
}

export type BothSamples = Readonly<Record<Colour, EndsSample>>;

export function firstOfBoth({ blue, green }: BothSamples): BothQuiet {
  return { quiet: { blue: firstSample(blue), green: firstSample(green) }, written: [] };
}

export function nextOfBoth({ quiet, written }: BothQuiet, samples: BothSamples): BothQuiet {
  const next = { blue: nextSample(quiet.blue, samples.blue), green: nextSample(quiet.green, samples.green) };
  const seen = COLOURS.flatMap(cluster => next[cluster].moving.flatMap(m => writtenOn(cluster, m)));
  const places = new Map([...written, ...seen].map(w => [`${w.cluster} ${w.topic}`, w]));
  return { quiet: next, written: [...places.values()] };
}

/** Places that have not been quiet for as long as asked for: as they were last seen written, or why they are not known to be quiet. */
export function loudOfBoth({ quiet, written }: BothQuiet, ms: number): (Written | Unsure)[] {
  return COLOURS.flatMap(cluster =>
    notQuietFor(quiet[cluster], ms).map(topic => {
      const unknown = quiet[cluster].moving.find(m => m.topic === topic && m.kind !== 'moved');
      const why = unknown?.kind === 'unknown' ? unknown.reason : 'not seen quiet for long enough yet';
      return written.find(w => w.cluster === cluster && w.topic === topic) ?? { topic, cluster, why };
    }),
  );
}

/** Nobody was seen writing there; that nobody writes is not known either. */
export interface Unsure {
  readonly topic: string;
  readonly cluster: Colour;
  readonly why: string;
}

/** Offsets that each topic holds, by a sample of a cluster that was empty; topics without any are left out. */
export function heldBy({ ends }: EndsSample): ReadonlyMap<string, bigint> {
  const sums = Object.entries(ends).map(
    ([topic, of]) => [topic, of.reduce((sum, end) => sum + BigInt(end ?? '0'), 0n)] as const,
  );
  return new Map(sums.filter(([, sum]) => sum > 0n));
}

function writtenOn(cluster: Colour, m: TopicMovement): Written[] {
  if (m.kind !== 'moved') return [];
  return [{ topic: m.topic, cluster, partitions: m.partitions, perSecond: Math.round(m.perSecond * 10) / 10 }];
}
