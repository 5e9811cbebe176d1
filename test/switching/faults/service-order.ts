/** Two clusters' logs in the order in which they were in service, also when traffic went there and back. */
import type { LoggedRecord } from '../cluster-work.ts';
import type { ServedLog } from '../judge.ts';

export type Side = 'blue' | 'green';
type Logs = Readonly<Record<Side, readonly LoggedRecord[]>>;

/** The end of every partition of a cluster when the producers had left it. */
export interface Left {
  readonly side: Side;
  readonly ends: ReadonlyMap<number, bigint>;
}

/** Cut where the producers left; what they wrote after they left last comes last. */
export function inOrderOfService(left: readonly Left[], logs: Logs): ServedLog[] {
  const last: readonly Side[] = left.at(-1)?.side === 'blue' ? ['green', 'blue'] : ['blue', 'green'];
  return [...left, ...last.map(side => ({ side, ends: null }))].map(({ side, ends }, at) => {
    const before = left.slice(0, at).findLast(one => one.side === side)?.ends;
    const records = logs[side].filter(
      ({ partition, offset }) =>
        BigInt(offset) >= (before?.get(partition) ?? 0n) &&
        (ends === null || BigInt(offset) < (ends.get(partition) ?? 0n)),
    );
    return { cluster: `${side} ${at}`, records };
  });
}

/** Each held to its own order alone: producers wrote to both at the same time. */
export function apart(logs: Logs): ServedLog[] {
  return (['blue', 'green'] as const).map(cluster => ({ cluster, records: logs[cluster], apart: true }));
}
