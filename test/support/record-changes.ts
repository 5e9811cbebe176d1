/** What became of record sets behind the fault proxy. */
import type { Answered } from './aws-fault-proxy.ts';

/** How many batches Route 53 took that changed something: one that swaps sets for themselves does not. */
export function recordChanges(writes: readonly Answered[]): number {
  return writes.filter(({ action, status, request }) => {
    if (action !== 'ChangeResourceRecordSets' || status >= 300) return false;
    const sets = (verb: string) =>
      [...request.matchAll(/<Action>(\w+)<\/Action>(.*?)<\/Change>/gs)]
        .filter(([, asked]) => asked === verb)
        .map(([, , set = '']) => set)
        .toSorted((a, b) => a.localeCompare(b))
        .join();
    return sets('DELETE') !== sets('CREATE');
  }).length;
}
