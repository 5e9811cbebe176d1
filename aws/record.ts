/**
 * What a record set points at, and the same record set pointed elsewhere. Pure. Route 53 compares names without regard to
 * case and the trailing dot, and writes unusual characters as octal escapes.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { ALIAS_TTL_SECONDS } from '../contract/deployment.ts';

/** A load balancer's own name and the hosted zone an alias to it names. */
export interface LoadBalancerName {
  readonly dnsName: string;
  readonly hostedZoneId: string;
}

export type RecordFound =
  | { readonly kind: 'cname'; readonly host: string; readonly ttlSeconds: number; readonly set: ResourceRecordSet }
  | { readonly kind: 'alias'; readonly host: string; readonly ttlSeconds: number; readonly set: ResourceRecordSet }
  | { readonly kind: 'absent' }
  /** There, but not a kind of record that can be swapped as one; `reason` is a sentence. */
  | { readonly kind: 'unsupported'; readonly reason: string };

/** A name as Route 53 compares it: lower case, no trailing dot, octal escapes resolved. */
export function normalName(name: string): string {
  return name
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .toLowerCase()
    .replace(/\.$/, '');
}

/** Whether two DNS names are the same name. */
export function sameName(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}

/** Whether two names are the same load balancer: the console's `dualstack.` prefix makes no difference. */
export function sameTarget(a: string, b: string): boolean {
  return bareTarget(a) === bareTarget(b);
}

function bareTarget(name: string): string {
  return normalName(name).replace(/^dualstack\./, '');
}

/** The key under which a record set is kept: normal name, type and, with a routing policy, the set's identifier. */
export function recordKey(name: string, type: string, setIdentifier?: string): string {
  const key = `${normalName(name)} ${type}`;
  return setIdentifier === undefined ? key : `${key} ${setIdentifier}`;
}

export function keyOf(set: ResourceRecordSet): string {
  return recordKey(set.Name ?? '', set.Type ?? '', set.SetIdentifier);
}

/** The one record set of this name that leads clients to a cluster, or why there is none that can be swapped. */
export function findRecord(sets: Iterable<ResourceRecordSet>, name: string): RecordFound {
  const leading = [...sets].filter(
    set => sameName(set.Name ?? '', name) && ['A', 'AAAA', 'CNAME'].includes(set.Type ?? ''),
  );
  const [set, ...others] = leading;
  if (set === undefined) return { kind: 'absent' };
  if (leading.some(s => s.SetIdentifier !== undefined))
    return unsupported(`${name} has a routing policy (${listed(leading)}); only one simple record can be swapped.`);
  if (others.length > 0)
    return unsupported(`${name} has several record sets (${listed(leading)}); only one simple record can be swapped.`);
  if (set.AliasTarget) {
    const host = set.AliasTarget.DNSName ?? '';
    return set.Type === 'A'
      ? { kind: 'alias', host, ttlSeconds: ALIAS_TTL_SECONDS, set }
      : unsupported(`${name} is an alias of type ${set.Type}; a CNAME or an alias of type A is expected.`);
  }
  if (set.Type !== 'CNAME')
    return unsupported(`${name} holds addresses (type ${set.Type}); a CNAME or an alias of type A is expected.`);
  const values = (set.ResourceRecords ?? []).map(r => r.Value ?? '');
  const [host] = values;
  if (host === undefined || host === '' || values.length !== 1 || set.TTL === undefined)
    return unsupported(`${name} is a CNAME without one value and a TTL.`);
  return { kind: 'cname', host, ttlSeconds: set.TTL, set };
}

function unsupported(reason: string): RecordFound {
  return { kind: 'unsupported', reason };
}

function listed(sets: readonly ResourceRecordSet[]): string {
  return sets.map(s => (s.SetIdentifier === undefined ? s.Type : `${s.Type} ${s.SetIdentifier}`)).join(', ');
}

/**
 * The same record set with only its target changed and, for one that has a TTL of its own, the TTL. Health evaluation
 * and everything else stay exactly as they were.
 */
export function retarget(set: ResourceRecordSet, to: LoadBalancerName, ttlSeconds?: number): ResourceRecordSet {
  const dnsName = to.dnsName.replace(/\.$/, '');
  if (set.AliasTarget)
    return { ...set, AliasTarget: { ...set.AliasTarget, DNSName: dnsName, HostedZoneId: to.hostedZoneId } };
  return withTtl({ ...set, ResourceRecords: [{ Value: dnsName }] }, ttlSeconds);
}

/** The same record set with another TTL; an alias has none of its own and stays as it is. */
export function withTtl(set: ResourceRecordSet, ttlSeconds: number | undefined): ResourceRecordSet {
  return set.AliasTarget || ttlSeconds === undefined ? set : { ...set, TTL: ttlSeconds };
}

/** Whether two record sets are the same one with the same content, by Route 53's own idea of sameness. */
export function sameRecordSet(a: ResourceRecordSet, b: ResourceRecordSet): boolean {
  return canonical(a) === canonical(b);
}

function canonical(set: ResourceRecordSet): string {
  const { Name, Type, TTL, ResourceRecords, AliasTarget, ...rest } = set;
  const namesHost = Type === 'CNAME' || Type === 'NS';
  const values = (ResourceRecords ?? []).map(r => (namesHost ? normalName(r.Value ?? '') : (r.Value ?? '')));
  const alias = AliasTarget && [
    normalName(AliasTarget.DNSName ?? ''),
    AliasTarget.HostedZoneId,
    AliasTarget.EvaluateTargetHealth ?? false,
  ];
  const others = Object.entries(rest).filter(([, value]) => value !== undefined);
  return JSON.stringify([
    normalName(Name ?? ''),
    Type,
    TTL ?? null,
    values.toSorted(),
    alias ?? null,
    others.toSorted(([x], [y]) => (x < y ? -1 : 1)),
  ]);
}

/** One line for people: `CNAME kafka.example.com -> nlb-a.example.net (TTL 5)`. */
export function describeRecordSet(set: ResourceRecordSet | undefined): string {
  if (set === undefined) return 'nothing';
  const name = normalName(set.Name ?? '');
  if (set.AliasTarget) return `alias ${name} -> ${normalName(set.AliasTarget.DNSName ?? '')}`;
  const values = (set.ResourceRecords ?? []).map(r => r.Value).join(', ');
  return `${set.Type} ${name} -> ${values.length > 200 ? `${values.slice(0, 200)}…` : values} (TTL ${set.TTL})`;
}
