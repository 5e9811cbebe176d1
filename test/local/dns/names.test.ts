import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesByName, answer } from '../../../local/dns/names.ts';
import { BLUE, BLUE_ADDRESS, cname, GREEN_ADDRESS, namesWith, RECORD, recordSet, soa, ZONE } from './sample-names.ts';

const negative = soa(900, 5);

test('a record that points at a load balancer is answered with the chain, each link with its own TTL', () => {
  const reply = answer(namesWith(negative, cname(BLUE)), { name: `${RECORD.toUpperCase()}.`, type: 'A' });
  assert.deepEqual(reply, {
    kind: 'found',
    answers: [
      { name: RECORD, type: 'CNAME', ttl: 10, data: BLUE },
      { name: BLUE, type: 'A', ttl: 60, data: BLUE_ADDRESS },
    ],
  });
});

test('a CNAME itself can be asked for without its target', () => {
  const reply = answer(namesWith(negative, cname(BLUE)), { name: RECORD, type: 'CNAME' });
  assert.deepEqual(reply, { kind: 'found', answers: [{ name: RECORD, type: 'CNAME', ttl: 10, data: BLUE }] });
});

test('an alias is answered with its target’s address under its own name and for the 60 seconds of the target', () => {
  const alias = { ...recordSet(RECORD, 'A', 0), alias: `${BLUE}.` };
  const reply = answer(namesWith(negative, alias), { name: RECORD, type: 'A' });
  assert.deepEqual(reply, { kind: 'found', answers: [{ name: RECORD, type: 'A', ttl: 60, data: BLUE_ADDRESS }] });
});

test('an alias with the console’s dualstack prefix leads to the same load balancer', () => {
  const alias = { ...recordSet(RECORD, 'A', 0), alias: `dualstack.${BLUE}.` };
  const reply = answer(namesWith(negative, alias), { name: RECORD, type: 'A' });
  assert.deepEqual(reply, { kind: 'found', answers: [{ name: RECORD, type: 'A', ttl: 60, data: BLUE_ADDRESS }] });
});

test('the parts of a TXT value stay strings of their own, with their escapes undone', () => {
  const text = recordSet(`_bluegreen.${RECORD}`, 'TXT', 10, String.raw`"v=1 epoch=7" " by=\"x\" \\ \101"`);
  const reply = answer(namesWith(negative, text), { name: text.name, type: 'TXT' });
  assert.deepEqual(reply, {
    kind: 'found',
    answers: [
      {
        name: text.name,
        type: 'TXT',
        ttl: 10,
        data: [Buffer.from('v=1 epoch=7'), Buffer.from(String.raw` by="x" \ A`)],
      },
    ],
  });
});

test('a name that does not exist is denied with an SOA whose TTL is the smaller of its TTL and its minimum', () => {
  for (const [ttl, minimum] of [
    [900, 5],
    [5, 900],
  ] as const) {
    const reply = answer(namesWith(soa(ttl, minimum)), { name: `nobody.${ZONE}`, type: 'A' });
    assert.equal(reply.kind, 'no-name');
    assert.equal(reply.kind === 'no-name' && 'ttl' in reply.soa ? reply.soa.ttl : undefined, 5);
  }
});

test('a name that exists without the asked-for type, or only above other names, has no data but exists', () => {
  const names = namesWith(negative, recordSet(`deep.below.${ZONE}`, 'A', 10, '127.102.0.9'));
  assert.equal(answer(names, { name: `deep.below.${ZONE}`, type: 'TXT' }).kind, 'no-data');
  assert.equal(answer(names, { name: `below.${ZONE}`, type: 'A' }).kind, 'no-data');
});

test('a record that points at a deleted load balancer leads to its CNAME and a denial', () => {
  const reply = answer(namesWith(negative, cname('gone.us-east-1.elb.amazonaws.com')), { name: RECORD, type: 'A' });
  assert.equal(reply.kind, 'no-name');
  assert.equal(reply.kind === 'no-name' ? reply.answers.length : 0, 1);
});

test('names in none of the zones are refused, even when they end like a zone', () => {
  const names = namesWith(negative);
  for (const name of ['example.com', 'amazonaws.com', `not${ZONE}`, '.']) {
    assert.deepEqual(answer(names, { name, type: 'A' }), { kind: 'refused' }, name);
  }
});

test('the longest zone answers for a name that is in two', () => {
  const names = namesWith(negative, recordSet(RECORD, 'A', 10, '127.102.0.1'));
  const inner = new Map([...names.zones, [RECORD, [recordSet(RECORD, 'A', 10, '127.102.0.2')]]]);
  const reply = answer({ ...names, zones: inner }, { name: RECORD, type: 'A' });
  assert.deepEqual(reply.kind === 'found' ? reply.answers.map(record => 'data' in record && record.data) : [], [
    '127.102.0.2',
  ]);
});

test('a circle of CNAMEs ends', () => {
  const names = namesWith(
    negative,
    recordSet(`a.${ZONE}`, 'CNAME', 10, `b.${ZONE}`),
    recordSet(`b.${ZONE}`, 'CNAME', 10, `a.${ZONE}`),
  );
  assert.equal(answer(names, { name: `a.${ZONE}`, type: 'A' }).kind, 'found');
});

test('the addresses of all names are those at the end of their chains', () => {
  const names = namesWith(negative, cname(BLUE), recordSet(`text.${ZONE}`, 'TXT', 10, '"x"'));
  const addresses = addressesByName(names);
  assert.equal(addresses.get(RECORD), BLUE_ADDRESS);
  assert.deepEqual(new Set(addresses.values()), new Set([BLUE_ADDRESS, GREEN_ADDRESS]));
  assert.equal(addresses.has(`text.${ZONE}`), false);
});
