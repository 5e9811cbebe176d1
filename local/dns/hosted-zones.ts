/** All hosted zones with all their records, as the authoritative server needs them. */
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { bareName, type RecordSet } from './names.ts';

export async function readHostedZones(route53: Route53Client): Promise<Map<string, readonly RecordSet[]>> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
  const zones = new Map<string, readonly RecordSet[]>();
  for (const { Id, Name = '' } of HostedZones) {
    if (Id !== undefined) zones.set(bareName(Name), (await readRecordSets(route53, Id)).map(recordSet));
  }
  return zones;
}

async function readRecordSets(route53: Route53Client, zoneId: string): Promise<ResourceRecordSet[]> {
  const all: ResourceRecordSet[] = [];
  let input: ListResourceRecordSetsCommandInput | undefined = { HostedZoneId: zoneId };
  while (input !== undefined) {
    const page: Awaited<ReturnType<typeof list>> = await list(route53, input);
    all.push(...(page.ResourceRecordSets ?? []));
    input = page.IsTruncated
      ? { HostedZoneId: zoneId, StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType }
      : undefined;
  }
  return all;
}

function list(route53: Route53Client, input: ListResourceRecordSetsCommandInput) {
  return route53.send(new ListResourceRecordSetsCommand(input));
}

function recordSet(set: ResourceRecordSet): RecordSet {
  return {
    name: bareName(set.Name ?? ''),
    type: set.Type ?? '',
    ttlSeconds: set.TTL ?? 0,
    values: (set.ResourceRecords ?? []).flatMap(({ Value }) => (Value === undefined ? [] : [Value])),
    alias: set.AliasTarget?.DNSName,
  };
}
