/**
 * Offsets on whose strength something is done: of every partition, or a KafkaTrouble. Where a look may leave something unknown
 * and be taken again, `log-ends.ts` is enough.
 */
import type { Cluster } from './cluster.ts';
import type { LogStarts } from './ledger.ts';
import { readLogStarts, sampleEnds } from './log-ends.ts';
import { until } from './retry.ts';
import type { LongCall } from './topic-configs.ts';

const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;

/** Every log start of the topics; a topic that does not exist has none. */
export function knownLogStarts(cluster: Cluster, topics: readonly string[], o: LongCall = {}): Promise<LogStarts> {
  return untilKnown(`every log start of ${topics.length} topics is known`, () => readLogStarts(cluster, topics), o);
}

/** Every log end of the topics. */
export function knownEnds(cluster: Cluster, topics: readonly string[], o: LongCall = {}): Promise<LogStarts> {
  return untilKnown(
    `every log end of ${topics.length} topics is known`,
    async () => (await sampleEnds(cluster, topics)).ends,
    o,
  );
}

function untilKnown(what: string, look: () => Promise<LogStarts>, o: LongCall): Promise<LogStarts> {
  return until(
    what,
    async () => {
      const offsets = await look();
      const unknown = Object.entries(offsets).find(([, list]) => list.includes(null));
      return unknown === undefined
        ? { done: offsets }
        : { seen: `nobody answered for ${unknown[0]}/${unknown[1].indexOf(null)}` };
    },
    { ...o, withinMs: WITHIN_MS, everyMs: LOOK_EVERY_MS },
  );
}
