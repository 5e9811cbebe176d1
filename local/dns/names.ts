/**
 * What the authoritative server answers from: hosted zones as Route 53 lists them, and the load balancers' own names,
 * which AWS answers for. Pure: a snapshot and a question in, an answer out.
 */
import type { Answer } from 'dns-packet';
import { dataOf } from './record-data.ts';
import type { RecordSet } from './record-set.ts';

/** A load balancer's name lives this long in caches, as in AWS. */
const LOAD_BALANCER_TTL_SECONDS = 60;
const LOAD_BALANCER_ZONE = 'elb.amazonaws.com';
/** How long a cache may remember that a load balancer does not exist. */
const LOAD_BALANCER_NEGATIVE_SECONDS = 5;
const LONGEST_CHAIN = 8;

export interface Names {
  /** By zone name, lower case without trailing dot. */
  readonly zones: ReadonlyMap<string, readonly RecordSet[]>;
  /** Address by load balancer name. */
  readonly loadBalancers: ReadonlyMap<string, string>;
}

export type Reply =
  /** `answers` is the chain of CNAMEs and what stands at its end; chains that leave our zones end at their last CNAME. */
  | { readonly kind: 'found'; readonly answers: readonly Answer[] }
  /** The end of the chain exists without this type (NODATA) or does not exist (NXDOMAIN); `soa` bounds its caching. */
  | { readonly kind: 'no-data' | 'no-name'; readonly answers: readonly Answer[]; readonly soa: Answer }
  /** The question is about a name in none of our zones. */
  | { readonly kind: 'refused' };

/** Lower case, without trailing dot, with Route 53's escape for the asterisk undone. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '').replaceAll('\\052', '*');
}

export function answer(names: Names, question: { readonly name: string; readonly type: string }): Reply {
  const { type } = question;
  const answers: Answer[] = [];
  let name = bareName(question.name);
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const zone = zoneOf(names, name);
    if (zone === undefined) return answers.length === 0 ? { kind: 'refused' } : { kind: 'found', answers };
    const here = recordsAt(names, zone, name);
    const cname = here.find(set => set.type === 'CNAME');
    if (cname !== undefined && type !== 'CNAME') {
      const target = bareName(cname.values[0] ?? '');
      answers.push({ name, type: 'CNAME', ttl: cname.ttlSeconds, data: target });
      name = target;
      continue;
    }
    const found = here.flatMap(set => (set.type === type ? resourceRecords(names, set) : []));
    if (found.length > 0) return { kind: 'found', answers: [...answers, ...found] };
    const kind = here.length > 0 || hasNamesBelow(names, zone, name) ? 'no-data' : 'no-name';
    return { kind, answers, soa: soaOf(names, zone) };
  }
  return { kind: 'found', answers };
}

/** Every name that has an IPv4 address at the moment, with it: the same view as a file for programs that read hosts files. */
export function addressesByName(names: Names): Map<string, string> {
  const all = new Set(names.loadBalancers.keys());
  for (const sets of names.zones.values()) for (const { name } of sets) all.add(name);
  const addresses = new Map<string, string>();
  for (const name of all) {
    const reply = answer(names, { name, type: 'A' });
    const address = reply.kind === 'found' ? reply.answers.find(({ type }) => type === 'A') : undefined;
    if (address?.type === 'A') addresses.set(name, address.data);
  }
  return addresses;
}

function zoneOf(names: Names, name: string): string | undefined {
  return [...names.zones.keys(), LOAD_BALANCER_ZONE]
    .filter(zone => name === zone || name.endsWith(`.${zone}`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function recordsAt(names: Names, zone: string, name: string): readonly RecordSet[] {
  const sets = names.zones.get(zone);
  if (sets !== undefined) return sets.filter(set => set.name === name);
  // The console writes aliases with a prefix that stands for the same load balancer.
  const address = names.loadBalancers.get(name.replace(/^dualstack\./, ''));
  return address === undefined ? [] : [{ name, type: 'A', ttlSeconds: LOAD_BALANCER_TTL_SECONDS, values: [address] }];
}

/** An alias is answered with its target's addresses under its own name. */
function resourceRecords(names: Names, set: RecordSet): Answer[] {
  if (set.alias === undefined) return set.values.flatMap(value => dataOf(set, value));
  const reply = answer(names, { name: set.alias, type: set.type });
  return reply.kind === 'found'
    ? reply.answers.filter(({ type }) => type === set.type).map(record => ({ ...record, name: set.name }))
    : [];
}

function hasNamesBelow(names: Names, zone: string, name: string): boolean {
  return (names.zones.get(zone) ?? []).some(set => set.name.endsWith(`.${name}`));
}

/** RFC 2308: in a negative answer the SOA's own TTL is the smaller of its TTL and its minimum. */
function soaOf(names: Names, zone: string): Answer {
  const set = names.zones.get(zone)?.find(({ type }) => type === 'SOA');
  const [soa] = set === undefined ? [] : set.values.flatMap(value => dataOf(set, value));
  if (soa?.type === 'SOA') return { ...soa, ttl: Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0) };
  const minimum = LOAD_BALANCER_NEGATIVE_SECONDS;
  return {
    name: zone,
    type: 'SOA',
    ttl: minimum,
    data: { mname: `ns.${zone}`, rname: `hostmaster.${zone}`, serial: 1, refresh: 60, retry: 60, expire: 60, minimum },
  };
}
