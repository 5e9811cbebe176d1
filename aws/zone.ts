/**
 * The hosted zone that answers for a name: the longest suffix of the name that is a zone of this account. Two zones of
 * the same name (split horizon) are refused: a flip in one of them would move only some of the clients.
 */
import {
  GetHostedZoneCommand,
  type HostedZone,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
  type RRType,
} from '@aws-sdk/client-route-53';
import { AwsRefused } from './errors.ts';
import { keyOf, normalName, recordKey, sameName } from './record.ts';

export interface Zone {
  /** Bare id, without `/hostedzone/`. */
  readonly zoneId: string;
  /** Without trailing dot. */
  readonly zoneName: string;
  readonly private: boolean;
  /** Host names of the zone's name servers; none for a private zone. */
  readonly nameServers: readonly string[];
  /** How long a cache may remember that a name does not exist: the smaller of the SOA's TTL and minimum (RFC 2308). */
  readonly negativeTtlSeconds: number;
}

/** Finds the zone of a name; refuses (`ZoneUnclear`) when there is none or more than one of the same name. */
export async function findZone(route53: Route53Client, recordName: string): Promise<Zone> {
  const labels = normalName(recordName).split('.');
  for (let i = 0; i < labels.length; i++) {
    const candidate = labels.slice(i).join('.');
    const zones = await zonesNamed(route53, candidate);
    const [zone] = zones;
    if (zone === undefined) continue;
    if (zones.length > 1) {
      const found = zones.map(z => `${bareId(z.Id)} (${z.Config?.PrivateZone === true ? 'private' : 'public'})`);
      throw new AwsRefused(
        'ZoneUnclear',
        `One hosted zone ${candidate} was expected for ${recordName}, but there are ${zones.length}: ` +
          `${found.join(', ')}. A flip would move only the clients that see one of them; keep the name in one zone.`,
      );
    }
    return describeZone(route53, zone);
  }
  throw new AwsRefused(
    'ZoneUnclear',
    `No hosted zone of this account answers for ${recordName}. Check the name and the account of the worker.`,
  );
}

async function zonesNamed(route53: Route53Client, name: string): Promise<HostedZone[]> {
  const found: HostedZone[] = [];
  let from: { DNSName: string; HostedZoneId?: string } | null = { DNSName: name };
  while (from !== null) {
    const page: Awaited<ReturnType<typeof listByName>> = await listByName(route53, from);
    const zones = page.HostedZones ?? [];
    found.push(...zones.filter(zone => sameName(zone.Name ?? '', name)));
    // Zones come in the order of their names: as soon as another name appears there are no more of this one.
    const more = page.IsTruncated === true && zones.every(zone => sameName(zone.Name ?? '', name));
    from =
      more && page.NextDNSName !== undefined && page.NextHostedZoneId !== undefined
        ? { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId }
        : null;
  }
  return found;
}

function listByName(route53: Route53Client, from: { DNSName: string; HostedZoneId?: string }) {
  return route53.send(new ListHostedZonesByNameCommand({ ...from, MaxItems: 100 }));
}

async function describeZone(route53: Route53Client, zone: HostedZone): Promise<Zone> {
  const zoneId = bareId(zone.Id);
  const zoneName = normalName(zone.Name ?? '');
  const details = await route53.send(new GetHostedZoneCommand({ Id: zoneId }));
  const sets = await readRecordSets(route53, zoneId, [zoneName]);
  const soa = sets.get(recordKey(zoneName, 'SOA'));
  return {
    zoneId,
    zoneName,
    private: zone.Config?.PrivateZone === true,
    nameServers: details.DelegationSet?.NameServers ?? [],
    negativeTtlSeconds: negativeTtlOf(soa),
  };
}

/** Route 53's own SOA says 900 and 86,400; without an SOA to read, its 900 seconds are assumed. */
function negativeTtlOf(soa: ResourceRecordSet | undefined): number {
  const minimum = Number((soa?.ResourceRecords?.[0]?.Value ?? '').trim().split(/\s+/)[6]);
  const known = [soa?.TTL, minimum].filter(n => n !== undefined && Number.isFinite(n) && n >= 0);
  return known.length === 0 ? 900 : Math.min(...known.map(Number));
}

/** Every record set of these names, by `recordKey`. What is not in the map does not exist. */
export async function readRecordSets(
  route53: Route53Client,
  zoneId: string,
  names: readonly string[],
): Promise<Map<string, ResourceRecordSet>> {
  const found = new Map<string, ResourceRecordSet>();
  for (const name of new Set(names.map(n => normalName(n)))) {
    let from: { StartRecordType?: RRType; StartRecordIdentifier?: string } | null = {};
    while (from !== null) {
      const page: Awaited<ReturnType<typeof listSets>> = await listSets(route53, zoneId, name, from);
      for (const set of page.ResourceRecordSets ?? []) if (sameName(set.Name ?? '', name)) found.set(keyOf(set), set);
      const more =
        page.IsTruncated === true && page.NextRecordType !== undefined && sameName(page.NextRecordName ?? '', name);
      from = more
        ? {
            StartRecordType: page.NextRecordType as RRType,
            ...(page.NextRecordIdentifier === undefined ? {} : { StartRecordIdentifier: page.NextRecordIdentifier }),
          }
        : null;
    }
  }
  return found;
}

function listSets(
  route53: Route53Client,
  zoneId: string,
  name: string,
  from: { StartRecordType?: RRType; StartRecordIdentifier?: string },
) {
  return route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: name, MaxItems: 100, ...from }),
  );
}

function bareId(id: string | undefined): string {
  return (id ?? '').replace(/^\/hostedzone\//, '');
}
