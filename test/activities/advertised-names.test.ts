import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { advertisedAliases } from '../../activities/advertised-names.ts';
import { type DnsServer, startDnsServer } from '../../local/dns/server.ts';
import { freePorts } from '../../local/free-ports.ts';

const records = { record: 'kafka.orders.example.com', readRecord: 'kafka-read.orders.example.com' };
const aliases: Readonly<Record<string, string>> = {
  'b1.example.com': 'alias.example.com',
  'alias.example.com': 'Kafka.Orders.example.com',
  'b2.example.com': 'elsewhere.example.com',
  'b3.example.com': 'kafka-read.orders.example.com',
  'loop.example.com': 'loop.example.com',
};

describe('an address that a broker advertises', () => {
  let dns: DnsServer;
  before(async () => {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    dns = await startDnsServer({
      host: '127.0.0.1',
      port,
      authoritative: false,
      respond: ({ name }) => {
        const data = aliases[name];
        const code = name.startsWith('lost') ? 'SERVFAIL' : data === undefined ? 'NXDOMAIN' : 'NOERROR';
        return { code, answers: data === undefined ? [] : [{ type: 'CNAME', name, ttl: 5, data }], authorities: [] };
      },
    });
  });
  after(() => dns.close());

  const look = (...hosts: string[]) =>
    advertisedAliases(
      records,
      hosts.map((host, at) => ({ id: at + 1, host })),
      [dns.address],
    );

  test('is a problem where it leads over the record or the read record, however many names lie between', async () => {
    const { problems, notes } = await look('b1.example.com', 'b2.example.com', 'b3.example.com', '10.0.0.4');
    assert.deepEqual(notes, []);
    assert.deepEqual(
      problems.map(p => p.on),
      ['broker 1', 'broker 3'],
    );
    assert.match(problems[0]?.problem ?? '', /^advertises b1\.example\.com, an alias of the record that is flipped/);
  });

  test('is only noted where it cannot be looked up: that proves nothing', async () => {
    const { problems, notes } = await look('lost.example.com', 'loop.example.com', 'absent.example.com');
    assert.deepEqual(problems, []);
    assert.deepEqual(notes, [
      'Whether addresses of brokers lead over the record could not be looked up: lost.example.com, loop.example.com.',
    ]);
  });
});
