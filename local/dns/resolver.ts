/**
 * The caching resolver between a run's clients and its authoritative server: what clients see of a change, they see when
 * the TTL they could have cached is over, as behind a VPC's resolver.
 */
import type { Answer, Packet, Question } from 'dns-packet';
import { ask, type ServerAddress } from './ask.ts';
import { DnsCache, type Remembered } from './cache.ts';
import { bareName } from './names.ts';
import { codeIn } from './response-code.ts';
import { type DnsServer, type Response, startDnsServer } from './server.ts';

const LONGEST_CHAIN = 8;

export function startResolver(o: { host: string; port: number; upstream: ServerAddress }): Promise<DnsServer> {
  const cache = new DnsCache();
  return startDnsServer({
    host: o.host,
    port: o.port,
    authoritative: false,
    respond: question => resolveFrom(cache, o.upstream, question),
  });
}

/** Follows the chain link by link, from memory where it can, else by asking for what is missing. */
async function resolveFrom(cache: DnsCache, upstream: ServerAddress, question: Question): Promise<Response> {
  const { type } = question;
  const answers: Answer[] = [];
  let name = bareName(question.name);
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    let known = cache.get(name, type) ?? (type === 'CNAME' ? undefined : cache.get(name, 'CNAME'));
    if (known === undefined) {
      const asked = await learn(cache, upstream, { ...question, name });
      if (asked.kind === 'failed') return { code: asked.code, answers: [], authorities: [] };
      known = asked.known;
    }
    if (known.kind === 'absent') return { code: known.code, answers, authorities: [known.soa] };
    answers.push(...known.records);
    const [first] = known.records;
    if (type === 'CNAME' || first?.type !== 'CNAME') return { code: 'NOERROR', answers, authorities: [] };
    name = bareName(first.data);
  }
  return { code: 'SERVFAIL', answers: [], authorities: [] };
}

type Learnt =
  | { readonly kind: 'known'; readonly known: Remembered }
  | { readonly kind: 'failed'; readonly code: 'SERVFAIL' | 'REFUSED' };

async function learn(cache: DnsCache, upstream: ServerAddress, question: Question): Promise<Learnt> {
  let packet: Packet;
  try {
    packet = await ask(upstream, question);
  } catch {
    return { kind: 'failed', code: 'SERVFAIL' };
  }
  const code = codeIn(packet.flags);
  if (code === 'SERVFAIL' || code === 'REFUSED') return { kind: 'failed', code };
  const { answers = [], authorities = [] } = packet;
  cache.putRecords(answers);
  const soa = authorities.find(({ type }) => type === 'SOA');
  if (soa !== undefined) cache.putAbsence(endOfChain(question.name, answers), question.type, code, soa);
  const here = answers.filter(record => bareName(record.name) === question.name);
  if (here.length > 0) return { kind: 'known', known: { kind: 'records', records: here } };
  if (soa !== undefined) return { kind: 'known', known: { kind: 'absent', code, soa } };
  return { kind: 'failed', code: 'SERVFAIL' };
}

function endOfChain(name: string, answers: readonly Answer[]): string {
  let end = name;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const next = answers.find(record => record.type === 'CNAME' && bareName(record.name) === end);
    if (next?.type !== 'CNAME') return end;
    end = bareName(next.data);
  }
  return end;
}
