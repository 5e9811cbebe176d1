/**
 * What this version does not carry over to green (ACLs, quotas, users, connectors) stands in the way until somebody waives
 * it by name: a client that loses its rights or its limits must not be found out after the flip.
 */
import type { Inventory } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import type { Problem } from '../contract/problem.ts';
import type { Waiver } from '../contract/request.ts';
import { PLACEHOLDER } from '../contract/request-fields.ts';

/** The waiver of this kind whose name (`*` is the only wildcard) covers `name`, or null. */
export function waiverFor(waive: readonly Waiver[], kind: Waiver['kind'], name: string): Waiver | null {
  return waive.find(waiver => waiver.kind === kind && matches(waiver.name, name)) ?? null;
}

/** One problem for every ACL, quota and user of blue that no waiver names, and the waiver that would. */
export function unwaivedEntries(
  inventory: Inventory,
  waive: readonly Waiver[],
): { readonly problems: readonly Problem[]; readonly paste: readonly Waiver[] } {
  const entries: [Waiver['kind'], readonly string[]][] = [
    ['acl', inventory.acls.map(a => a.name)],
    ['quota', inventory.quotas.map(q => q.name)],
    ['user', inventory.users.map(u => u.name)],
  ];
  const missing = entries.flatMap(([kind, names]) =>
    names.filter(name => waiverFor(waive, kind, name) === null).map(name => ({ kind, name })),
  );
  return {
    problems: missing.map(({ kind, name }) => ({
      on: `${kind} ${name}`,
      problem: 'exists on blue and is not carried over to green.',
      remedy: `Create it on green yourself before the flip, and waive it: ${waiverText(kind, name)}.`,
    })),
    paste: missing.map(({ kind, name }) => waiverToFill(kind, name)),
  };
}

/** A waiver to be completed by whoever answers for it. */
export function waiverToFill(kind: Waiver['kind'], name: string): Waiver {
  return { kind, name, ...PLACEHOLDER };
}

/** The same as it goes into the request. */
export function waiverText(kind: Waiver['kind'], name: string): string {
  return JSON.stringify(waiverToFill(kind, name));
}
