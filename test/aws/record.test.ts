import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import * as fc from 'fast-check';
import {
  findRecord,
  normalName,
  recordKey,
  retarget,
  sameName,
  sameRecordSet,
  sameTarget,
  withTtl,
} from '../../aws/record.ts';

const cname: ResourceRecordSet = {
  Name: 'kafka.orders.example.com.',
  Type: 'CNAME',
  TTL: 60,
  ResourceRecords: [{ Value: 'nlb-blue.example.net' }],
};
const alias: ResourceRecordSet = {
  Name: 'kafka.orders.example.com.',
  Type: 'A',
  AliasTarget: { DNSName: 'dualstack.NLB-blue.example.net.', HostedZoneId: 'ZBLUE', EvaluateTargetHealth: true },
  HealthCheckId: 'check-1',
};
const green = { dnsName: 'nlb-green.example.net.', hostedZoneId: 'ZGREEN' };

test('Names are the same whatever their case, trailing dot and escapes', () => {
  assert.ok(sameName('Kafka.Example.COM.', 'kafka.example.com'));
  assert.ok(sameName('\\052.example.com', '*.example.com'));
  assert.ok(!sameName('kafka.example.com', 'kafka.example.org'));
  assert.equal(recordKey('_bluegreen.Kafka.example.com.', 'TXT'), '_bluegreen.kafka.example.com TXT');
});

test('A normal name is already normal', () => {
  fc.assert(fc.property(fc.domain(), name => normalName(normalName(`${name}.`)) === normalName(name.toUpperCase())));
});

test('The dualstack prefix of the console makes no other load balancer', () => {
  assert.ok(sameTarget('dualstack.nlb-blue.example.net.', 'NLB-blue.example.net'));
  assert.ok(!sameTarget('nlb-blue.example.net', 'nlb-green.example.net'));
});

test('A CNAME is found with its target and TTL', () => {
  const found = findRecord([cname], 'KAFKA.orders.example.com');
  assert.deepEqual(found, { kind: 'cname', host: 'nlb-blue.example.net', ttlSeconds: 60, set: cname });
});

test('An alias is found with its target and the fixed 60 seconds', () => {
  const found = findRecord([alias], 'kafka.orders.example.com');
  assert.ok(found.kind === 'alias');
  assert.ok(sameTarget(found.host, 'nlb-blue.example.net'));
  assert.equal(found.ttlSeconds, 60);
});

test('A text beside the record does not hide it, and a record of another name is not it', () => {
  const text: ResourceRecordSet = { ...cname, Type: 'TXT' };
  assert.equal(findRecord([text, cname], 'kafka.orders.example.com').kind, 'cname');
  assert.deepEqual(findRecord([text, cname], 'other.example.com'), { kind: 'absent' });
});

const cannotSwap: Record<string, ResourceRecordSet[]> = {
  'addresses of its own': [{ Name: cname.Name, Type: 'A', TTL: 5, ResourceRecords: [{ Value: '192.0.2.1' }] }],
  'a routing policy': [{ ...cname, SetIdentifier: 'one', Weight: 10 }],
  'an IPv6 alias beside the IPv4 one': [alias, { ...alias, Type: 'AAAA' }],
  'an IPv6 alias alone': [{ ...alias, Type: 'AAAA' }],
};
for (const [what, sets] of Object.entries(cannotSwap)) {
  test(`A name with ${what} is not a record that can be swapped as one`, () => {
    const found = findRecord(sets, 'kafka.orders.example.com');
    assert.ok(found.kind === 'unsupported');
    assert.match(found.reason, /^kafka\.orders\.example\.com .*\.$/);
  });
}

test('A CNAME pointed elsewhere changes in target and TTL only', () => {
  assert.deepEqual(retarget(cname, green, 5), {
    ...cname,
    TTL: 5,
    ResourceRecords: [{ Value: 'nlb-green.example.net' }],
  });
  assert.equal(retarget(cname, green).TTL, 60);
});

test('An alias pointed elsewhere keeps health evaluation and health check, and never gets a TTL', () => {
  assert.deepEqual(retarget(alias, green, 5), {
    ...alias,
    AliasTarget: { DNSName: 'nlb-green.example.net', HostedZoneId: 'ZGREEN', EvaluateTargetHealth: true },
  });
  assert.equal(withTtl(alias, 5), alias);
});

test('Record sets are the same when Route 53 would take one for the other', () => {
  assert.ok(
    sameRecordSet(cname, {
      ...cname,
      Name: 'KAFKA.orders.example.com',
      ResourceRecords: [{ Value: 'NLB-blue.example.net.' }],
    }),
  );
  assert.ok(!sameRecordSet(cname, { ...cname, TTL: 5 }));
  assert.ok(!sameRecordSet(cname, retarget(cname, green)));
  assert.ok(!sameRecordSet(alias, { ...alias, HealthCheckId: 'check-2' }));
  const text = { ...cname, Type: 'TXT' as const, ResourceRecords: [{ Value: '"Epoch"' }] };
  assert.ok(!sameRecordSet(text, { ...text, ResourceRecords: [{ Value: '"epoch"' }] }), 'texts are exact');
});
