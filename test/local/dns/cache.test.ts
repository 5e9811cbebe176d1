import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { DnsCache } from '../../../local/dns/cache.ts';

const NAME = 'kafka.orders.example.com';
const SOA: Answer = {
  name: 'orders.example.com',
  type: 'SOA',
  ttl: 5,
  data: { mname: 'ns', rname: 'admin', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 },
};

function cacheAt(start: number) {
  const clock = { nowMs: start };
  return { clock, cache: new DnsCache(() => clock.nowMs) };
}

test('a record set is there for exactly its TTL, counting down, and then forgotten', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400 }), fc.nat(), (ttl, offset) => {
      const { clock, cache } = cacheAt(offset);
      cache.putRecords([{ name: NAME, type: 'A', ttl, data: '127.0.0.1' }]);
      const left = () => {
        const known = cache.get(`${NAME.toUpperCase()}.`, 'A');
        const [record] = known?.kind === 'records' ? known.records : [];
        return record?.type === 'A' ? record.ttl : undefined;
      };
      assert.equal(left(), ttl);
      clock.nowMs = offset + ttl * 1000 - 1;
      assert.equal(left(), 1);
      clock.nowMs += 1;
      assert.equal(left(), undefined);
    }),
  );
});

test('the links of a chain expire one by one', () => {
  const { clock, cache } = cacheAt(0);
  cache.putRecords([
    { name: NAME, type: 'CNAME', ttl: 10, data: 'lb.example.com' },
    { name: 'lb.example.com', type: 'A', ttl: 60, data: '127.0.0.1' },
  ]);
  clock.nowMs = 10_000;
  assert.equal(cache.get(NAME, 'CNAME'), undefined);
  assert.equal(cache.get('lb.example.com', 'A')?.kind, 'records');
});

test('absence is remembered as long as the SOA allows and for the asked-for type only', () => {
  const { clock, cache } = cacheAt(0);
  cache.putAbsence(NAME, 'TXT', 'NOERROR', SOA);
  assert.equal(cache.get(NAME, 'A'), undefined);
  clock.nowMs = 4_999;
  const known = cache.get(NAME, 'TXT');
  assert.equal(known?.kind, 'absent');
  assert.equal(known?.kind === 'absent' && 'ttl' in known.soa ? known.soa.ttl : undefined, 1);
  clock.nowMs = 5_000;
  assert.equal(cache.get(NAME, 'TXT'), undefined);
});

test('a TTL of zero is not remembered at all', () => {
  const { cache } = cacheAt(0);
  cache.putRecords([{ name: NAME, type: 'A', ttl: 0, data: '127.0.0.1' }]);
  assert.equal(cache.get(NAME, 'A'), undefined);
});
