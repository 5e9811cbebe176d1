/** What the handlers of one group did, and whether it is what a deployment promises them. */
import { setTimeout as delay } from 'node:timers/promises';

/** One handling of one record; values are `blue 0`, `green 17`. */
export interface Handling {
  readonly value: string;
  readonly partition: number;
  readonly beganMs: number;
  /** Infinite where the process died in the middle. */
  readonly endedMs: number;
}

export class GroupJournal {
  readonly handlings: Handling[] = [];
  readonly #durationMs: number;

  /** Handlers take that long. */
  constructor(durationMs = 1) {
    this.#durationMs = durationMs;
  }

  async handle(partition: number, value: string): Promise<void> {
    const beganMs = performance.now();
    await delay(this.#durationMs);
    this.handlings.push({ value, partition, beganMs, endedMs: performance.now() });
  }

  count(cluster: 'blue' | 'green'): number {
    return new Set(this.handlings.map(({ value }) => value).filter(value => value.startsWith(cluster))).size;
  }
}

export interface Judgement {
  /** Records that no handler saw. */
  readonly missed: number;
  /** Records that were handled more than once. */
  readonly again: number;
  /** Records that were first handled after a later one of their partition. */
  readonly reordered: number;
  /** Pairs of handlers that ran on both clusters at the same time. */
  readonly onBoth: number;
}

/** `blue` and `green` are how many records each cluster was given, numbered from 0. */
export function judge(handlings: readonly Handling[], blue: number, green: number): Judgement {
  const times = new Map<string, number>();
  const last = new Map<number, number>();
  let reordered = 0;
  for (const { value, partition } of handlings.toSorted((a, b) => a.beganMs - b.beganMs)) {
    times.set(value, (times.get(value) ?? 0) + 1);
    if (times.get(value) !== 1) continue;
    const place = placeOf(value, blue);
    if (place < (last.get(partition) ?? -1)) reordered += 1;
    last.set(partition, Math.max(place, last.get(partition) ?? -1));
  }
  const given = [
    ...Array.from({ length: blue }, (_, at) => `blue ${at}`),
    ...Array.from({ length: green }, (_, at) => `green ${at}`),
  ];
  const [onBlue, onGreen] = ['blue', 'green'].map(cluster =>
    handlings.filter(({ value }) => value.startsWith(cluster)),
  );
  return {
    missed: given.filter(value => !times.has(value)).length,
    again: [...times.values()].filter(count => count > 1).length,
    reordered,
    onBoth: (onBlue ?? []).flatMap(one =>
      (onGreen ?? []).filter(other => one.beganMs < other.endedMs && other.beganMs < one.endedMs),
    ).length,
  };
}

/** Blue's records come before green's. */
function placeOf(value: string, blue: number): number {
  const [cluster, number] = value.split(' ');
  return Number(number) + (cluster === 'green' ? blue : 0);
}
