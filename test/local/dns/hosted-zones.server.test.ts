import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from '@aws-sdk/client-route-53';
import { readHostedZones } from '../../../local/dns/hosted-zones.ts';
import { answer } from '../../../local/dns/names.ts';
import { openCloud, present, uniqueName } from '../emulator/cloud.ts';

const RECORDS = 320;
/** Route 53 lists a hundred hosted zones at a time. */
const MORE_THAN_A_PAGE = 110;

test('a hosted zone is served as Route 53 lists it, beyond the first page and with the negative TTL of its SOA', async () => {
  const cloud = await openCloud();
  after(() => cloud.close());
  const zone = `${uniqueName('dns')}.example.com`;
  const { HostedZone } = await cloud.route53.send(new CreateHostedZoneCommand({ Name: zone, CallerReference: zone }));
  const change = (Name: string, Type: 'A' | 'TXT' | 'CNAME' | 'SOA', Value: string) => ({
    Action: 'UPSERT' as const,
    ResourceRecordSet: { Name, Type, TTL: 7, ResourceRecords: [{ Value }] },
  });
  await cloud.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: present(HostedZone, 'HostedZone').Id,
      ChangeBatch: {
        Changes: [
          ...Array.from({ length: RECORDS }, (_, at) => change(`host-${at}.${zone}`, 'A', '127.102.0.1')),
          change(`kafka.${zone}`, 'CNAME', `host-1.${zone}`),
          change(`_bluegreen.kafka.${zone}`, 'TXT', '"v=1 " "by=-"'),
          change(zone, 'SOA', 'ns.example.com. admin.example.com. 1 7200 900 1209600 3'),
        ],
      },
    }),
  );
  const names = { zones: await readHostedZones(cloud.route53), loadBalancers: new Map<string, string>() };
  for (let at = 0; at < RECORDS; at++) {
    assert.equal(answer(names, { name: `host-${at}.${zone}`, type: 'A' }).kind, 'found');
  }
  const chain = answer(names, { name: `kafka.${zone}`, type: 'A' });
  assert.deepEqual(chain.kind === 'found' ? chain.answers.map(({ type }) => type) : chain, ['CNAME', 'A']);
  const text = answer(names, { name: `_bluegreen.kafka.${zone}`, type: 'TXT' });
  assert.deepEqual(text.kind === 'found' ? text.answers : text, [
    { name: `_bluegreen.kafka.${zone}`, type: 'TXT', ttl: 7, data: [Buffer.from('v=1 '), Buffer.from('by=-')] },
  ]);
  const denial = answer(names, { name: `nobody.${zone}`, type: 'A' });
  assert.equal(denial.kind === 'no-name' && 'ttl' in denial.soa ? denial.soa.ttl : denial, 3);
});

test('every hosted zone is served, beyond the first page of them', async () => {
  const cloud = await openCloud();
  after(() => cloud.close());
  const word = uniqueName('many');
  const zones = Array.from({ length: MORE_THAN_A_PAGE }, (_, at) => `${word}-${at}.example.com`);
  for (const zone of zones) {
    await cloud.route53.send(new CreateHostedZoneCommand({ Name: zone, CallerReference: zone }));
  }
  const served = await readHostedZones(cloud.route53);
  assert.deepEqual(
    zones.filter(zone => !served.has(zone)),
    [],
  );
});
