/**
 * What this version does not carry over to green (ACLs, quotas, users, connectors) stands in the way until somebody waives
 * it by name: a client that loses its rights or its limits must not be found out after the flip.
 */
import type { Inventory } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { Waiver } from '../contract/request.ts';
import { matches } from '../contract/patterns.ts';

/** The waiver of this kind whose name (`*` is the only wildcard) covers `name`, or null. */
export function waiverFor(waive: readonly Waiver[], kind: Waiver['kind'], name: string): Waiver | null {
  return waive.find(waiver => waiver.kind === kind && matches(waiver.name, name)) ?? null;
}

/** One problem for every ACL, quota, user and Connect worker group of blue that no waiver names. */
export function unwaivedEntries(inventory: Inventory, waive: readonly Waiver[]): Problem[] {
  const entries: [Waiver['kind'], readonly string[]][] = [
    ['acl', inventory.acls.map(a => a.name)],
    ['quota', inventory.quotas.map(q => q.name)],
    ['user', inventory.users.map(u => u.name)],
  ];
  return entries.flatMap(([kind, names]) =>
    names
      .filter(name => waiverFor(waive, kind, name) === null)
      .map(name => ({
        on: `${kind} ${name}`,
        problem: 'exists on blue and is not carried over to green.',
        remedy: `Create it on green yourself before the flip, and waive it: ${waiverText(kind, name)}.`,
      })),
  );
}

/** A waiver as it goes into the request, to be completed by whoever answers for it. */
export function waiverText(kind: Waiver['kind'], name: string): string {
  return JSON.stringify({ kind, name, by: '<who>', reason: '<why>' });
}
