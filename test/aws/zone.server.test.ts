import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { recordKey } from '../../aws/record.ts';
import { findZone, readRecordSets } from '../../aws/zone.ts';
import { startTestAws, type TestAws, uniqueWord } from './endpoint.ts';

let aws: TestAws;
before(async () => {
  aws = await startTestAws();
});
after(() => aws.stop());

async function createZone(name: string, kind: 'public' | 'private' = 'public'): Promise<string> {
  const created = await aws.clients.route53.send(
    new CreateHostedZoneCommand({
      Name: name,
      CallerReference: uniqueWord(),
      ...(kind === 'private'
        ? { VPC: { VPCId: 'vpc-00000001', VPCRegion: 'eu-central-1' }, HostedZoneConfig: { PrivateZone: true } }
        : {}),
    }),
  );
  return (created.HostedZone?.Id ?? '').replace('/hostedzone/', '');
}

test('Of several zones that could answer for a name the one with the longest suffix is found', async () => {
  const word = uniqueWord();
  await createZone(`${word}.example.com`);
  const orders = await createZone(`orders.${word}.example.com`);
  await createZone(`other-orders.${word}.example.com`);
  await createZone(`a.orders.${word}.example.com`);
  const zone = await findZone(aws.clients.route53, `Kafka.Orders.${word}.example.com.`);
  assert.equal(zone.zoneId, orders);
  assert.equal(zone.zoneName, `orders.${word}.example.com`);
  assert.equal(zone.private, false);
  assert.ok(zone.nameServers.length > 0);
  assert.ok(zone.negativeTtlSeconds > 0);
});

test('A private zone is found as private', async () => {
  const name = `${uniqueWord()}.internal`;
  const id = await createZone(name, 'private');
  const zone = await findZone(aws.clients.route53, `kafka.${name}`);
  assert.equal(zone.zoneId, id);
  assert.equal(zone.private, true);
});

test('A private and a public zone of the same name are refused with both ids', async () => {
  const name = `${uniqueWord()}.example.com`;
  const open = await createZone(name);
  const hidden = await createZone(name, 'private');
  await assert.rejects(
    () => findZone(aws.clients.route53, `kafka.${name}`),
    (error: Error) => {
      assert.equal(error.name, 'ZoneUnclear');
      assert.match(error.message, new RegExp(`${open} \\(public\\)`));
      assert.match(error.message, new RegExp(`${hidden} \\(private\\)`));
      return true;
    },
  );
});

test('A name without a zone is refused', async () => {
  const name = `kafka.${uniqueWord()}.invalid`;
  await assert.rejects(() => findZone(aws.clients.route53, name), { name: 'ZoneUnclear', message: /No hosted zone/ });
});

test('The negative TTL is the smaller of the SOA record and its minimum', async () => {
  const name = `${uniqueWord()}.example.com`;
  const zoneId = await createZone(name);
  const soa = (await readRecordSets(aws.clients.route53, zoneId, [name])).get(recordKey(name, 'SOA'));
  assert.ok(soa);
  const fields = (soa.ResourceRecords?.[0]?.Value ?? '').split(' ');
  const shorter: ResourceRecordSet = {
    ...soa,
    TTL: 900,
    ResourceRecords: [{ Value: [...fields.slice(0, 6), '7'].join(' ') }],
  };
  await aws.clients.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: shorter }] },
    }),
  );
  assert.equal((await findZone(aws.clients.route53, `kafka.${name}`)).negativeTtlSeconds, 7);
});

test('Only the record sets of the asked names are read, in a zone of more than one page', async () => {
  const name = `${uniqueWord()}.example.com`;
  const zoneId = await createZone(name);
  const filler = Array.from({ length: 130 }, (_, i) => ({
    Name: `host-${i}.${name}`,
    Type: 'A' as const,
    TTL: 5,
    ResourceRecords: [{ Value: '192.0.2.1' }],
  }));
  const wanted = [
    { Name: `kafka.${name}`, Type: 'CNAME' as const, TTL: 5, ResourceRecords: [{ Value: 'nlb.example.net' }] },
    { Name: `_bluegreen.kafka.${name}`, Type: 'TXT' as const, TTL: 5, ResourceRecords: [{ Value: '"v=1"' }] },
  ];
  await aws.clients.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: {
        Changes: [...filler, ...wanted].map(set => ({ Action: 'CREATE' as const, ResourceRecordSet: set })),
      },
    }),
  );
  const names = [`kafka.${name}`, `_bluegreen.kafka.${name}`, `nothing.${name}`];
  const sets = await readRecordSets(aws.clients.route53, zoneId, names);
  assert.deepEqual(
    [...sets.keys()].toSorted(),
    [recordKey(`_bluegreen.kafka.${name}`, 'TXT'), recordKey(`kafka.${name}`, 'CNAME')].toSorted(),
  );
});
