/**
 * How fast a group gets through what remains, and when it will be done at that pace. The target is frozen, so what remains can
 * only shrink, or grow by a commit that went back.
 */
export interface PaceSample {
  readonly atMs: number;
  /** Offsets not yet proved read, decimal string. */
  readonly remaining: string;
}

export interface Track {
  /** Oldest first, none older than the window, at most one a second. */
  readonly samples: readonly PaceSample[];
  /** When `remaining` was last seen to shrink, or was first seen. */
  readonly movedAtMs: number;
}

export type Pace =
  /** Seen only once. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'moving'; readonly perSecond: number; readonly etaMs: number }
  /** Nothing was read during this time. */
  | { readonly kind: 'stalled'; readonly forMs: number };

const WINDOW_MS = 60_000;
const FEWEST_MS_BETWEEN_SAMPLES = 1_000;

/** The track with one more sample; one that is not later than the last is dropped. */
export function follow(track: Track | null, sample: PaceSample): Track {
  if (track === null) return { samples: [sample], movedAtMs: sample.atMs };
  const last = track.samples.at(-1);
  if (last === undefined) return { samples: [sample], movedAtMs: sample.atMs };
  if (sample.atMs <= last.atMs) return track;
  const movedAtMs = BigInt(sample.remaining) < BigInt(last.remaining) ? sample.atMs : track.movedAtMs;
  const previous = track.samples.at(-2);
  const crowded = previous !== undefined && last.atMs - previous.atMs < FEWEST_MS_BETWEEN_SAMPLES;
  const kept = (crowded ? track.samples.slice(0, -1) : track.samples).filter(s => s.atMs >= sample.atMs - WINDOW_MS);
  return { samples: [...(kept.length === 0 ? [last] : kept), sample], movedAtMs };
}

/** The pace over the last minute. */
export function paceOf(track: Track): Pace {
  const first = track.samples[0];
  const last = track.samples.at(-1);
  if (first === undefined || last === undefined || first === last) return { kind: 'unknown' };
  const read = BigInt(first.remaining) - BigInt(last.remaining);
  if (read <= 0n) return { kind: 'stalled', forMs: last.atMs - track.movedAtMs };
  const perSecond = (Number(read) * 1_000) / (last.atMs - first.atMs);
  return { kind: 'moving', perSecond, etaMs: Math.ceil((Number(last.remaining) / perSecond) * 1_000) };
}

/** Why a group that is behind will not be done in time without somebody's doing, in words for an operator; null when it will. */
export function whyNever(o: {
  readonly pace: Pace;
  readonly members: number;
  /** Time left for the drain. */
  readonly leftMs: number;
  /** How long a group may read nothing before it is named. */
  readonly patienceMs: number;
}): string | null {
  const { pace } = o;
  if (o.members === 0 && pace.kind !== 'moving') return 'it has no members; start it, or waive it';
  if (pace.kind === 'stalled' && pace.forMs >= o.patienceMs)
    return `it read nothing for ${seconds(pace.forMs)}; see what its ${o.members} members do, or waive it`;
  if (pace.kind === 'moving' && pace.etaMs > o.leftMs)
    return `at ${pace.perSecond.toFixed(1)} records a second it needs ${seconds(pace.etaMs)} more, and ${seconds(o.leftMs)} are left; add members, or waive it`;
  return null;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
