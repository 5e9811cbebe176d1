/**
 * One look at the TXT record. That the name or its TXT record does not exist (NXDOMAIN, NODATA: RFC 2308) is an answer; that
 * nobody answered is not, and is never taken for it.
 */
import { NODATA, NOTFOUND } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { parseSignpost, type Signpost, signpostName } from './signpost.ts';

/** `node:dns/promises`'s own Resolver, or anything that answers and fails as it does. */
export interface TxtResolver {
  /** Each value as its parts; rejects with `code` ENOTFOUND or ENODATA where there is none. */
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
}

export type SignpostLookup =
  | { readonly kind: 'signpost'; readonly signpost: Signpost }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'ambiguous'; readonly values: number };

const TIMEOUT_MS = 2_000;
const TRIES = 2;

export async function lookUpSignpost(resolver: TxtResolver, record: string): Promise<SignpostLookup> {
  const name = signpostName(record);
  let values: readonly (readonly string[])[];
  try {
    values = await resolver.resolveTxt(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === NOTFOUND || code === NODATA) return { kind: 'absent' };
    return { kind: 'failed', reason: `the lookup of TXT ${name} failed with ${code}` };
  }
  const [only] = values;
  if (only === undefined) return { kind: 'absent' };
  if (values.length > 1) return { kind: 'ambiguous', values: values.length };
  const parsed = parseSignpost(only.join(''));
  return parsed.kind === 'signpost'
    ? parsed
    : { kind: 'malformed', reason: `the signpost at ${name} ${parsed.reason}` };
}

export function resolverOf(given: TxtResolver | { readonly servers: readonly string[] } | undefined): TxtResolver {
  if (given !== undefined && 'resolveTxt' in given) return given;
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (given !== undefined) resolver.setServers(given.servers);
  return resolver;
}
