import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dnsProblems } from '../../activities/inspect-dns.ts';
import type { RecordFound } from '../../aws/record.ts';
import { type DnsServer, startDnsServer } from '../../local/dns/server.ts';
import { freePorts } from '../../local/free-ports.ts';

const record = 'kafka.orders.example.com';
const found: RecordFound = {
  kind: 'cname',
  host: 'a.elb.example.net',
  ttlSeconds: 60,
  set: { Name: record, Type: 'CNAME' },
};
const privateZone = { private: true, nameServers: [] };

describe('whoever is asked for the flip', () => {
  let knows: DnsServer;
  let knowsNothing: DnsServer;
  let refuses: DnsServer;
  before(async () => {
    const ports = await freePorts('127.0.0.1', 3);
    const start = (respond: Parameters<typeof startDnsServer>[0]['respond'], port = ports.pop() ?? 0) =>
      startDnsServer({ host: '127.0.0.1', port, authoritative: false, respond });
    const none = { answers: [], authorities: [] };
    knows = await start(({ name, type }) => ({
      ...none,
      code: 'NOERROR',
      answers: type === 'CNAME' ? [{ type, name, ttl: 5, data: 'a.elb.example.net' }] : [],
    }));
    knowsNothing = await start(() => ({ ...none, code: 'NXDOMAIN' }));
    refuses = await start(() => ({ ...none, code: 'REFUSED' }));
  });
  after(() => Promise.all([knows, knowsNothing, refuses].map(server => server.close())));

  test('is no problem where each answers for the record already', async () => {
    assert.deepEqual(await dnsProblems(privateZone, [knows.address], record, found), []);
  });

  test('is a problem of the plan, by server, where one does not answer or does not have the record', async () => {
    const servers = [knows.address, knowsNothing.address, refuses.address];
    const problems = await dnsProblems(privateZone, servers, record, found);
    assert.deepEqual(
      problems.map(({ on, problem }) => [on, problem]),
      [
        [`DNS server ${knowsNothing.address}`, `has no ${record}, so nobody could see there whether the flip arrived.`],
        [
          `DNS server ${refuses.address}`,
          `does not answer for ${record} (the server refuses this name), so nobody could see there whether the flip arrived.`,
        ],
      ],
    );
    assert.ok(problems.every(({ remedy }) => /KAFKA_BLUEGREEN_DNS_SERVERS/.test(remedy)));
  });

  test('of a public zone are its own name servers, whatever resolvers are configured', async () => {
    const nobody = { private: false, nameServers: ['127.255.255.254'] };
    const [problem, ...more] = await dnsProblems(nobody, [knows.address], record, found);
    assert.deepEqual(more, []);
    assert.equal(problem?.on, 'DNS server 127.255.255.254:53');
    assert.match(problem?.remedy ?? '', /the zone's name servers on port 53/);
  });

  test('is not asked for a record that cannot be flipped: that is a problem of its own', async () => {
    assert.deepEqual(await dnsProblems(privateZone, [knowsNothing.address], record, { kind: 'absent' }), []);
  });
});
