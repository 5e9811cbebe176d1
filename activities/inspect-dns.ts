/**
 * Whether everyone who will be asked for the flip answers for the record already: who does not would be met for the first time after
 * it, when the traffic has moved.
 */
import { askServers, nameServerAddresses } from '../aws/lookup.ts';
import type { RecordFound } from '../aws/record.ts';
import type { Zone } from '../aws/zone.ts';
import type { Problem } from '../contract/problem.ts';

/** Asks each name server of a public zone, or each configured resolver for a private one. Nobody is asked for what cannot be flipped. */
export async function dnsProblems(
  zone: Pick<Zone, 'private' | 'nameServers'>,
  resolvers: readonly string[],
  record: string,
  found: RecordFound,
): Promise<Problem[]> {
  if (found.kind !== 'cname' && found.kind !== 'alias') return [];
  const servers = zone.private ? resolvers : await nameServerAddresses(zone.nameServers);
  const answers = await askServers(servers, record, found.kind === 'cname' ? 'CNAME' : 'A');
  return answers.flatMap(({ server, answer }) => {
    if (answer.kind === 'answer') return [];
    const seen = answer.kind === 'failed' ? `does not answer for ${record} (${answer.reason})` : `has no ${record}`;
    return [
      {
        on: `DNS server ${server}`,
        problem: `${seen}, so nobody could see there whether the flip arrived.`,
        remedy: zone.private
          ? 'Let the worker reach it on port 53, UDP and TCP; or correct KAFKA_BLUEGREEN_DNS_SERVERS of the worker: only resolvers that clients of the private zone use.'
          : "Let the worker reach the zone's name servers on port 53, UDP and TCP.",
      },
    ];
  });
}
