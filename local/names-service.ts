/** A run's DNS: the authority that serves the cloud's zones, the resolver that clients ask, and the hosts file for JVMs. */
import type { Route53Client } from '@aws-sdk/client-route-53';
import { startAuthority } from './dns/authority.ts';
import { readHostedZones } from './dns/hosted-zones.ts';
import { HostsFile } from './dns/hosts-file.ts';
import { answer, type Names } from './dns/names.ts';
import { startResolver } from './dns/resolver.ts';
import { repeat } from './repeat.ts';
import { until } from './until.ts';

const PORT = 5300;
const PAUSE_MS = 250;
const SERVED_WITHIN_MS = 10_000;

export interface NamesServiceOptions {
  readonly route53: Route53Client;
  readonly octet: number;
  readonly hostsFile: string;
  /** Addresses of load balancers by name, as they are now. */
  readonly loadBalancers: () => ReadonlyMap<string, string>;
  readonly log: (line: string) => void;
}

export interface NamesService {
  /** `host:port` */
  readonly resolver: string;
  /** `host:port` */
  readonly authority: string;
  /** Returns when the authority answers with this CNAME. */
  untilServed(name: string, target: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startNamesService(options: NamesServiceOptions): Promise<NamesService> {
  const { route53, octet, loadBalancers, log } = options;
  let zones: Names['zones'] = await readHostedZones(route53);
  const names = (): Names => ({ zones, loadBalancers: loadBalancers() });
  const authority = { host: `127.${octet}.0.3`, port: PORT };
  const hosts = new HostsFile(options.hostsFile);
  await hosts.follow(names());
  const authorityServer = await startAuthority({ ...authority, names });
  const resolverServer = await startResolver({ host: `127.${octet}.0.2`, port: PORT, upstream: authority });
  const reading = repeat(
    PAUSE_MS,
    async () => {
      zones = await readHostedZones(route53);
      await hosts.follow(names());
    },
    log,
  );
  return {
    resolver: resolverServer.address,
    authority: authorityServer.address,
    untilServed: (name, target) =>
      until(`${name} leads to ${target}`, () => leadsTo(names(), name, target), { withinMs: SERVED_WITHIN_MS }),
    stop: async () => {
      await reading.stop();
      await Promise.all([resolverServer.close(), authorityServer.close()]);
    },
  };
}

function leadsTo(names: Names, name: string, target: string): boolean {
  const reply = answer(names, { name, type: 'CNAME' });
  const [record] = reply.kind === 'found' ? reply.answers : [];
  return record?.type === 'CNAME' && record.data.toLowerCase() === target.toLowerCase().replace(/\.$/, '');
}
