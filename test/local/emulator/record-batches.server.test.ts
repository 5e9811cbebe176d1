/**
 * What the flip relies on: a batch of record changes is compare-and-swap and all or nothing.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { type Cloud, openCloud, present, uniqueName, until } from './cloud.ts';

type Action = 'CREATE' | 'DELETE' | 'UPSERT';

const cname = (name: string, target: string, ttl = 60): ResourceRecordSet => ({
  Name: name,
  Type: 'CNAME',
  TTL: ttl,
  ResourceRecords: [{ Value: target }],
});

const txt = (name: string, value: string): ResourceRecordSet => ({
  Name: name,
  Type: 'TXT',
  TTL: 60,
  ResourceRecords: [{ Value: value }],
});

const refused = { name: 'InvalidChangeBatch' };

describe('a batch of record changes', () => {
  let cloud: Cloud;

  before(async () => {
    cloud = await openCloud({ EMULATOR_INSYNC_MS: '300' });
  });
  after(() => cloud.close());

  async function createZone(): Promise<{ id: string; name: string }> {
    const name = `${uniqueName('zone')}.example.com`;
    const request = new CreateHostedZoneCommand({ Name: name, CallerReference: uniqueName('reference') });
    return { id: present((await cloud.route53.send(request)).HostedZone?.Id, 'HostedZone'), name };
  }

  async function change(zoneId: string, ...changes: [Action, ResourceRecordSet][]): Promise<string> {
    const Changes: Change[] = changes.map(([Action, ResourceRecordSet]) => ({ Action, ResourceRecordSet }));
    const request = new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } });
    return present((await cloud.route53.send(request)).ChangeInfo?.Id, 'ChangeInfo');
  }

  async function records(zoneId: string): Promise<ResourceRecordSet[]> {
    const { ResourceRecordSets } = await cloud.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
    );
    return present(ResourceRecordSets, 'ResourceRecordSets').filter(({ Type }) => Type !== 'SOA' && Type !== 'NS');
  }

  it('swaps a record when the old value and the old TTL are exactly those that stand', async () => {
    const zone = await createZone();
    const name = `kafka.${zone.name}`;
    await change(zone.id, ['CREATE', cname(name, 'blue.example.net')]);
    await change(zone.id, ['DELETE', cname(name, 'blue.example.net')], ['CREATE', cname(name, 'green.example.net', 5)]);
    const [record] = await records(zone.id);
    assert.deepEqual(record?.ResourceRecords, [{ Value: 'green.example.net' }]);
    assert.equal(record?.TTL, 5);
  });

  for (const [what, old] of [
    ['value', (name: string) => cname(name, 'red.example.net')],
    ['TTL', (name: string) => cname(name, 'blue.example.net', 61)],
  ] as const) {
    it(`refuses a swap whose old ${what} is not the one that stands, and changes nothing`, async () => {
      const zone = await createZone();
      const name = `kafka.${zone.name}`;
      await change(zone.id, ['CREATE', cname(name, 'blue.example.net')]);
      const standing = await records(zone.id);
      await assert.rejects(
        change(zone.id, ['DELETE', old(name)], ['CREATE', cname(name, 'green.example.net')]),
        refused,
      );
      assert.deepEqual(await records(zone.id), standing);
    });
  }

  it('changes nothing at all when its last change is refused', async () => {
    const zone = await createZone();
    await change(zone.id, ['CREATE', cname(`kafka.${zone.name}`, 'blue.example.net')]);
    const standing = await records(zone.id);
    await assert.rejects(
      change(
        zone.id,
        ['DELETE', cname(`kafka.${zone.name}`, 'blue.example.net')],
        ['CREATE', cname(`kafka.${zone.name}`, 'green.example.net')],
        ['CREATE', txt(`_bluegreen.${zone.name}`, '"v=1"')],
        ['DELETE', txt(`absent.${zone.name}`, '"v=0"')],
      ),
      refused,
    );
    assert.deepEqual(await records(zone.id), standing);
  });

  it('refuses to create what exists, so that a second run of the same swap is noticed', async () => {
    const zone = await createZone();
    const name = `kafka.${zone.name}`;
    await change(zone.id, ['CREATE', cname(name, 'blue.example.net')]);
    await assert.rejects(change(zone.id, ['CREATE', cname(name, 'blue.example.net')]), refused);
  });

  it('keeps a text of several quoted parts as it was written', async () => {
    const zone = await createZone();
    const value = `"${'v=1 '.repeat(60)}" "${'w'.repeat(255)}" "a \\"quoted\\" end"`;
    await change(zone.id, ['CREATE', txt(`_bluegreen.${zone.name}`, value)]);
    const [record] = await records(zone.id);
    assert.deepEqual(record?.ResourceRecords, [{ Value: value }]);
  });

  for (const [what, value] of [
    ['outside of quotation marks', 'v=1'],
    ['in a part longer than 255 bytes', `"${'x'.repeat(256)}"`],
  ] as const) {
    it(`refuses a text ${what}`, async () => {
      const zone = await createZone();
      await assert.rejects(change(zone.id, ['CREATE', txt(`_bluegreen.${zone.name}`, value)]), refused);
    });
  }

  it('swaps an alias only for the alias that stands', async () => {
    const zone = await createZone();
    const alias = (target: string): ResourceRecordSet => ({
      Name: `kafka.${zone.name}`,
      Type: 'A',
      AliasTarget: { DNSName: target, HostedZoneId: 'Z26RNL4JYFTOTI', EvaluateTargetHealth: false },
    });
    await change(zone.id, ['CREATE', alias('blue.elb.us-east-1.amazonaws.com')]);
    await assert.rejects(change(zone.id, ['DELETE', alias('red.elb.us-east-1.amazonaws.com')]), refused);
    await change(
      zone.id,
      ['DELETE', alias('blue.elb.us-east-1.amazonaws.com')],
      ['CREATE', alias('green.elb.us-east-1.amazonaws.com')],
    );
    const [record] = await records(zone.id);
    assert.equal(record?.AliasTarget?.DNSName, 'green.elb.us-east-1.amazonaws.com.');
  });

  it('is pending until the name servers have it, however often one asks, and in sync then', async () => {
    const zone = await createZone();
    const id = await change(zone.id, ['CREATE', cname(`kafka.${zone.name}`, 'blue.example.net')]);
    const status = async () => (await cloud.route53.send(new GetChangeCommand({ Id: id }))).ChangeInfo?.Status;
    assert.deepEqual([await status(), await status(), await status()], ['PENDING', 'PENDING', 'PENDING']);
    await until('INSYNC', async () => ((await status()) === 'INSYNC' ? true : undefined), 120_000);
    assert.equal(await status(), 'INSYNC');
  });

  it('refuses a name outside its zone', async () => {
    const zone = await createZone();
    await assert.rejects(change(zone.id, ['CREATE', cname('kafka.example.org', 'blue.example.net')]), refused);
    await assert.rejects(change(zone.id, ['CREATE', cname(`x${zone.name}`, 'blue.example.net')]), refused);
  });

  it('refuses a canonical name at the top of the zone', async () => {
    const zone = await createZone();
    await assert.rejects(change(zone.id, ['CREATE', cname(zone.name, 'blue.example.net')]), refused);
  });

  it('refuses a canonical name beside another record, and any record beside a canonical name', async () => {
    const zone = await createZone();
    await change(zone.id, ['CREATE', txt(`text.${zone.name}`, '"v=1"')]);
    await assert.rejects(change(zone.id, ['CREATE', cname(`text.${zone.name}`, 'blue.example.net')]), refused);
    await change(zone.id, ['CREATE', cname(`kafka.${zone.name}`, 'blue.example.net')]);
    await assert.rejects(change(zone.id, ['CREATE', txt(`kafka.${zone.name}`, '"v=1"')]), refused);
  });

  it('refuses a record without a TTL', async () => {
    const zone = await createZone();
    const record = {
      Name: `kafka.${zone.name}`,
      Type: 'CNAME' as const,
      ResourceRecords: [{ Value: 'b.example.net' }],
    };
    await assert.rejects(change(zone.id, ['CREATE', record]), { name: 'InvalidInput' });
  });

  it('refuses more than a thousand changes', async () => {
    const zone = await createZone();
    const many = Array.from({ length: 1001 }, (_, n): [Action, ResourceRecordSet] => [
      'CREATE',
      cname(`n${n}.${zone.name}`, 'blue.example.net'),
    ]);
    await assert.rejects(change(zone.id, ...many), refused);
    assert.deepEqual(await records(zone.id), []);
  });

  it('fills a zone that is listed page by page, each record once', async () => {
    const zone = await createZone();
    const names = Array.from({ length: 350 }, (_, n) => `n${n}.${zone.name}`);
    const made = names.map((name): [Action, ResourceRecordSet] => ['CREATE', cname(name, 'blue.example.net')]);
    await change(zone.id, ...made);
    const listed: string[] = [];
    let start: { StartRecordName?: string; StartRecordType?: 'CNAME' } = {};
    for (let more = true; more; ) {
      const request = new ListResourceRecordSetsCommand({ HostedZoneId: zone.id, ...start });
      const page = await cloud.route53.send(request);
      for (const { Name, Type } of page.ResourceRecordSets ?? [])
        if (Type === 'CNAME') listed.push(present(Name, 'Name'));
      more = page.IsTruncated === true;
      if (more) start = { StartRecordName: present(page.NextRecordName, 'NextRecordName'), StartRecordType: 'CNAME' };
    }
    assert.deepEqual(listed.toSorted(), names.map(name => `${name}.`).toSorted());
  });
});
