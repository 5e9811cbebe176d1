/**
 * Who still writes: the log ends of two samples compared. A quiet topic is one whose every partition was seen twice at the same
 * log end; what was not seen twice is unknown, never quiet.
 */
export interface EndsSample {
  readonly atMs: number;
  /** Log ends (not high watermarks, which hide acks=1 records) as decimal strings by topic and partition index; null where unknown. */
  readonly ends: Readonly<Record<string, readonly (string | null)[]>>;
}

export type TopicMovement = { readonly topic: string } & (
  | { readonly kind: 'quiet' }
  /** `partitions`: how many of them moved. */
  | { readonly kind: 'moved'; readonly records: string; readonly partitions: number; readonly perSecond: number }
  /** The topic or some of its partitions were created since: somebody works on the cluster. */
  | { readonly kind: 'appeared' }
  | { readonly kind: 'unknown'; readonly reason: string }
);

/** The movement of every topic of either sample between them, in order of name. */
export function movement(before: EndsSample, after: EndsSample): TopicMovement[] {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const topics = new Set([...Object.keys(before.ends), ...Object.keys(after.ends)]);
  return [...topics].toSorted().map(topic => ({ topic, ...moved(before.ends[topic], after.ends[topic], seconds) }));
}

type Movement = TopicMovement extends infer M ? (M extends { topic: string } ? Omit<M, 'topic'> : never) : never;

function moved(
  before: readonly (string | null)[] | undefined,
  after: readonly (string | null)[] | undefined,
  seconds: number,
): Movement {
  if (seconds <= 0) return { kind: 'unknown', reason: 'the samples were not taken one after the other' };
  if (after === undefined) return { kind: 'unknown', reason: 'the topic is gone' };
  if (before === undefined || before.length < after.length) return { kind: 'appeared' };
  if (before.length > after.length) return { kind: 'unknown', reason: 'partitions are gone' };
  let records = 0n;
  let partitions = 0;
  let unknown = 0;
  for (const [partition, end] of after.entries()) {
    const earlier = before[partition];
    if (end === null || earlier === null || earlier === undefined) unknown += 1;
    else if (end !== earlier) {
      records += magnitude(BigInt(end) - BigInt(earlier));
      partitions += 1;
    }
  }
  if (records > 0n)
    return { kind: 'moved', records: String(records), partitions, perSecond: Number(records) / seconds };
  return unknown === 0
    ? { kind: 'quiet' }
    : { kind: 'unknown', reason: `the ends of ${unknown} partitions could not be read` };
}

/** An end that went back was cut by an election or a new topic of the same name: not quiet either. */
function magnitude(difference: bigint): bigint {
  return difference < 0n ? -difference : difference;
}
