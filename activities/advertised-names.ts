/**
 * Whether a name that a broker advertises is an alias of a record that is flipped, by its chain of CNAMEs. A lookup that fails proves
 * nothing, and is noted.
 */
import { isIP } from 'node:net';
import { askServers } from '../aws/lookup.ts';
import { normalName, sameName } from '../aws/record.ts';
import type { BrokerFacts } from '../contract/inventory.ts';
import { listed } from '../contract/listed.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';

/** Longer chains are loops, or nobody's (resolvers give up about there). */
const LONGEST_CHAIN = 8;

type Led = { readonly kind: 'elsewhere' } | { readonly kind: 'record' } | { readonly kind: 'unknown' };

/** By the configured resolvers; without one nobody is asked. */
export async function advertisedAliases(
  { record, readRecord }: Pick<DeploymentRequest, 'record' | 'readRecord'>,
  brokers: readonly Pick<BrokerFacts, 'id' | 'host'>[],
  resolvers: readonly string[],
): Promise<{ readonly problems: readonly Problem[]; readonly notes: readonly string[] }> {
  const flipped = readRecord === undefined ? [record] : [record, readRecord];
  const names = brokers.filter(({ host }) => isIP(host) === 0 && !flipped.some(name => sameName(name, host)));
  if (resolvers.length === 0) return { problems: [], notes: [] };
  const led = await Promise.all(names.map(async b => ({ ...b, led: await follow(b.host, flipped, resolvers) })));
  const unknown = led.filter(b => b.led.kind === 'unknown').map(b => b.host);
  return {
    problems: led
      .filter(b => b.led.kind === 'record')
      .map(({ id, host }) => ({
        on: `broker ${id}`,
        problem: `advertises ${host}, an alias of the record that is flipped: clients of blue would land on green.`,
        remedy: "Let every broker advertise an address of its own, never one that leads over the service's record.",
      })),
    notes:
      unknown.length === 0
        ? []
        : [`Whether addresses of brokers lead over the record could not be looked up: ${listed(unknown, 5)}.`],
  };
}

async function follow(host: string, flipped: readonly string[], resolvers: readonly string[]): Promise<Led> {
  let at = normalName(host);
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const answers = (await askServers(resolvers, at, 'CNAME')).map(({ answer }) => answer);
    const [next] = answers.flatMap(answer => (answer.kind === 'answer' ? answer.values : []));
    if (next === undefined) return { kind: answers.every(a => a.kind === 'failed') ? 'unknown' : 'elsewhere' };
    if (flipped.some(name => sameName(name, next))) return { kind: 'record' };
    at = next;
  }
  return { kind: 'unknown' };
}
