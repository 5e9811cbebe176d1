/** All hosted zones with all their records, as the authoritative server needs them. */
import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  paginateListHostedZones,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { bareName } from './names.ts';
import type { RecordSet } from './record-set.ts';

export async function readHostedZones(route53: Route53Client): Promise<Map<string, readonly RecordSet[]>> {
  const zones = new Map<string, readonly RecordSet[]>();
  for await (const { HostedZones = [] } of paginateListHostedZones({ client: route53 }, {})) {
    for (const { Id, Name = '' } of HostedZones) {
      if (Id !== undefined) zones.set(bareName(Name), await readHostedZone(route53, Id));
    }
  }
  return zones;
}

/** The records of one zone. */
export async function readHostedZone(route53: Route53Client, zoneId: string): Promise<readonly RecordSet[]> {
  const all: ResourceRecordSet[] = [];
  let input: ListResourceRecordSetsCommandInput | undefined = { HostedZoneId: zoneId };
  while (input !== undefined) {
    const page: Awaited<ReturnType<typeof list>> = await list(route53, input);
    all.push(...(page.ResourceRecordSets ?? []));
    input = page.IsTruncated
      ? { HostedZoneId: zoneId, StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType }
      : undefined;
  }
  return all.map(recordSet);
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
