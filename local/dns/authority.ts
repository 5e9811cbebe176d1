/** The authoritative server of one run: Route 53's hosted zones and the names of its load balancers, refused elsewhere. */
import { answer, type Names } from './names.ts';
import { type DnsServer, startDnsServer } from './server.ts';

/** `names` is asked anew for every question. */
export function startAuthority(o: { host: string; port: number; names: () => Names }): Promise<DnsServer> {
  return startDnsServer({
    host: o.host,
    port: o.port,
    authoritative: true,
    respond: question => {
      const reply = answer(o.names(), question);
      switch (reply.kind) {
        case 'found':
          return { code: 'NOERROR', answers: reply.answers, authorities: [] };
        case 'no-data':
          return { code: 'NOERROR', answers: reply.answers, authorities: [reply.soa] };
        case 'no-name':
          return { code: 'NXDOMAIN', answers: reply.answers, authorities: [reply.soa] };
        case 'refused':
          return { code: 'REFUSED', answers: [], authorities: [] };
      }
    },
  });
}
