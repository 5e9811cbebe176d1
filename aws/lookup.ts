/**
 * What DNS servers really answer, each asked by its own address: INSYNC is Route 53's word, an answer is proof. A lookup
 * that fails is not absence; both are cases of their own. Nothing is cached between two looks.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { NotYet } from './errors.ts';
import { pollUntil, type Waiting } from './poll.ts';
import { normalName } from './record.ts';

export type LookupType = 'A' | 'AAAA' | 'CNAME' | 'TXT';

export type Answer =
  /** The values, sorted; host names are normal names, a TXT's parts are joined. */
  | { readonly kind: 'answer'; readonly values: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ServerAnswer {
  /** `host:port` as it was given. */
  readonly server: string;
  readonly answer: Answer;
}

/** What every server has to answer before the wait is over. */
export interface ExpectedAnswer {
  readonly name: string;
  readonly type: LookupType;
  /** Judges the values of one server's answer. */
  readonly matches: (values: readonly string[]) => boolean;
  /** The expected value as a person reads it. */
  readonly expected: string;
}

/** One observation for the report. */
export interface LookupObservation {
  readonly server: string;
  readonly name: string;
  readonly type: LookupType;
  readonly values: readonly string[];
  readonly at: string;
}

const perServer = { timeout: 2_000, tries: 2 };

/** Asks every server at once; one result per server, in the given order. Servers are `ip`, `ip:port`, `[ip6]:port`. */
export function askServers(servers: readonly string[], name: string, type: LookupType): Promise<ServerAnswer[]> {
  return Promise.all(servers.map(async server => ({ server, answer: await ask(server, name, type) })));
}

async function ask(server: string, name: string, type: LookupType): Promise<Answer> {
  try {
    const resolver = new Resolver(perServer);
    resolver.setServers([server]);
    const values = await query(resolver, name, type);
    return values.length === 0 ? { kind: 'absent' } : { kind: 'answer', values: values.toSorted() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'absent' };
    return { kind: 'failed', reason: reasons[code] ?? code };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no answer in time',
  ECONNREFUSED: 'nothing listens there',
  EREFUSED: 'the server refuses this name',
  ESERVFAIL: 'the server failed (SERVFAIL)',
  EBADRESP: 'the answer could not be read',
  ERR_INVALID_IP_ADDRESS: 'not the address of a server',
};

async function query(resolver: Resolver, name: string, type: LookupType): Promise<string[]> {
  if (type === 'A') return resolver.resolve4(name);
  if (type === 'AAAA') return resolver.resolve6(name);
  if (type === 'CNAME') return (await resolver.resolveCname(name)).map(host => normalName(host));
  return (await resolver.resolveTxt(name)).map(parts => parts.join(''));
}

/** Who is asked for what. */
export interface Questions {
  readonly servers: readonly string[];
  readonly expected: readonly ExpectedAnswer[];
}

/**
 * Asks until every server gives every expected answer; `NotYet` after the deadline names the servers that do not. What to ask is looked
 * up for every look: a load balancer's addresses change, and so may a name server's.
 */
export async function awaitAnswers(
  questions: () => Promise<Questions>,
  waiting: Waiting = {},
): Promise<LookupObservation[]> {
  return pollUntil(async () => {
    const { servers, expected } = await questions();
    if (servers.length === 0) throw new Error('No DNS server to ask was given: nobody could say what clients see.');
    const asked = expected.map(async want => ({ want, answers: await askServers(servers, want.name, want.type) }));
    const observations: LookupObservation[] = [];
    const missing: string[] = [];
    for (const { want, answers } of await Promise.all(asked)) {
      for (const { server, answer } of answers) {
        if (answer.kind === 'answer' && want.matches(answer.values)) {
          const { name, type } = want;
          observations.push({ server, name, type, values: answer.values, at: new Date().toISOString() });
        } else missing.push(`${server} answers ${describe(answer)} for ${want.type} ${want.name}`);
      }
    }
    if (missing.length === 0) return { kind: 'done', value: observations };
    const more = missing.length > 3 ? `; and ${missing.length - 3} more` : '';
    const sought = [...new Set(expected.map(want => want.expected))].join(', ');
    return { kind: 'waiting', waitingFor: `${missing.slice(0, 3).join('; ')}${more}; expected ${sought}.` };
  }, waiting);
}

function describe(answer: Answer): string {
  if (answer.kind === 'failed') return `not (${answer.reason})`;
  return answer.kind === 'absent' ? 'nothing' : answer.values.join(', ').slice(0, 120);
}

/** Expects a CNAME to lead to this host. */
export function expectCname(name: string, host: string): ExpectedAnswer {
  const want = normalName(host);
  return { name, type: 'CNAME', expected: want, matches: values => values.length === 1 && values[0] === want };
}

/** Expects exactly one TXT value with this text (its parts joined). */
export function expectText(name: string, text: string): ExpectedAnswer {
  return { name, type: 'TXT', expected: text, matches: values => values.length === 1 && values[0] === text };
}

/** Expects an alias to be answered with addresses of the load balancer only. */
export function expectAddresses(name: string, addresses: readonly string[]): ExpectedAnswer {
  return {
    name,
    type: 'A',
    expected: addresses.join(', '),
    matches: values => values.length > 0 && values.every(value => addresses.includes(value)),
  };
}

/**
 * Where a load balancer is met, as clients find it: by the given resolvers, or by this machine's own where there are none. The name
 * servers of somebody's zone cannot be asked: a load balancer's name is in a zone of AWS's.
 */
export async function loadBalancerAddresses(dnsName: string, resolvers: readonly string[] | null): Promise<string[]> {
  if (resolvers === null) {
    const found = await lookup(dnsName, { all: true, family: 4 }).catch(noAddress(dnsName));
    return found.map(({ address }) => address);
  }
  const answers = await askServers(resolvers, dnsName, 'A');
  const found = answers.flatMap(({ answer }) => (answer.kind === 'answer' ? answer.values : []));
  return found.length === 0
    ? noAddress(dnsName)(answers.map(a => `${a.server} answers ${describe(a.answer)}`).join('; '))
    : [...new Set(found)];
}

function noAddress(dnsName: string): (why: unknown) => never {
  return why => {
    const said = why instanceof Error ? why.message : String(why);
    throw new NotYet(`The load balancer's name ${dnsName} has no address (${said}). It is tried again.`);
  };
}

/** The addresses of a public zone's name servers, `ip:53`, so that each machine is asked and not one of a name. */
export async function nameServerAddresses(nameServers: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    nameServers.map(async host =>
      isIP(host) === 0 ? lookup(host, { all: true, family: 4 }).catch(nowhere(host)) : [{ address: host }],
    ),
  );
  return [...new Set(found.flat().map(({ address }) => (isIP(address) === 6 ? `[${address}]:53` : `${address}:53`)))];
}

function nowhere(host: string): (why: unknown) => never {
  return why => {
    throw new NotYet(`The zone's name server ${host} has no address (${String(why)}). It is tried again.`);
  };
}
