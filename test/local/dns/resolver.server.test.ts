import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startAuthority } from '../../../local/dns/authority.ts';
import type { Names } from '../../../local/dns/names.ts';
import { startResolver } from '../../../local/dns/resolver.ts';
import type { DnsServer } from '../../../local/dns/server.ts';
import { allocateOctet } from '../../../local/octet.ts';
import { projectRoot } from '../../../local/project-root.ts';
import {
  BLUE,
  BLUE_ADDRESS,
  cname,
  GREEN,
  GREEN_ADDRESS,
  namesWith,
  RECORD,
  recordSet,
  soa,
  ZONE,
} from './sample-names.ts';

const PORT = 5300;
const NEGATIVE_SECONDS = 2;
const TTL_SECONDS = 3;
/** The clocks of asker and cache are the same; this is for a busy machine. */
const LATE_MS = 1_500;

let names: Names = namesWith(soa(900, NEGATIVE_SECONDS), cname(BLUE, TTL_SECONDS));
const network = await allocateOctet();
after(() => network.release());
const host = `127.${network.octet}.0.3`;
const authority = await startAuthority({ host, port: PORT, names: () => names });
after(() => authority.close());
const resolver = await startResolver({ host: `127.${network.octet}.0.2`, port: PORT, upstream: { host, port: PORT } });
after(() => resolver.close());

function asking(server: DnsServer): Resolver {
  const asker = new Resolver({ timeout: 2_000, tries: 2 });
  asker.setServers([server.address]);
  return asker;
}

test('a changed record is seen behind the cache when the TTL is over and not before, while the authority shows it at once', async () => {
  names = namesWith(soa(900, NEGATIVE_SECONDS), cname(BLUE, TTL_SECONDS));
  const client = asking(resolver);
  const cachedMs = Date.now();
  assert.deepEqual(await client.resolve4(RECORD), [BLUE_ADDRESS]);
  names = namesWith(soa(900, NEGATIVE_SECONDS), cname(GREEN, TTL_SECONDS));
  assert.deepEqual(await asking(authority).resolve4(RECORD), [GREEN_ADDRESS]);
  while ((await client.resolve4(RECORD))[0] === BLUE_ADDRESS) await delay(50);
  const seenMs = Date.now() - cachedMs;
  assert.ok(seenMs >= TTL_SECONDS * 1000, `seen after ${seenMs} ms`);
  assert.ok(seenMs < TTL_SECONDS * 1000 + LATE_MS, `seen after ${seenMs} ms`);
});

test('the cache counts the TTL of every link down', async () => {
  const name = `counted.${ZONE}`;
  names = namesWith(soa(900, NEGATIVE_SECONDS), recordSet(name, 'A', TTL_SECONDS, '127.102.0.1'));
  const client = asking(resolver);
  const seen = new Set<number>();
  while (seen.size < TTL_SECONDS) {
    for (const { ttl } of await client.resolve4(name, { ttl: true })) seen.add(ttl);
    await delay(50);
  }
  // A moment that this process slept through is met in the next round of the cache.
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [1, 2, 3],
  );
});

test('a name that did not exist is seen when the negative TTL of the zone is over and not before', async () => {
  const name = `_bluegreen.late.${ZONE}`;
  names = namesWith(soa(900, NEGATIVE_SECONDS));
  const client = asking(resolver);
  const absentMs = Date.now();
  await assert.rejects(client.resolveTxt(name), { code: 'ENOTFOUND' });
  names = namesWith(soa(900, NEGATIVE_SECONDS), recordSet(name, 'TXT', TTL_SECONDS, '"v=1"'));
  let found: string[][] = [];
  while (found.length === 0) {
    found = await client.resolveTxt(name).catch(() => []);
    await delay(50);
  }
  const seenMs = Date.now() - absentMs;
  assert.deepEqual(found, [['v=1']]);
  assert.ok(seenMs >= NEGATIVE_SECONDS * 1000 && seenMs < NEGATIVE_SECONDS * 1000 + LATE_MS, `seen after ${seenMs} ms`);
});

test('an answer that does not fit a datagram comes over TCP, from the authority and through the cache', async () => {
  const name = `long.${ZONE}`;
  const parts = Array.from({ length: 12 }, (_, at) => String(at % 10).repeat(255));
  names = namesWith(soa(900, NEGATIVE_SECONDS), recordSet(name, 'TXT', 60, parts.map(part => `"${part}"`).join(' ')));
  assert.deepEqual(await asking(authority).resolveTxt(name), [parts]);
  assert.deepEqual(await asking(resolver).resolveTxt(name), [parts]);
});

test('names of other people are refused, and absent types are told from absent names', async () => {
  names = namesWith(soa(900, NEGATIVE_SECONDS), cname(BLUE, TTL_SECONDS));
  await assert.rejects(asking(resolver).resolve4('www.example.org'), { code: 'EREFUSED' });
  await assert.rejects(asking(authority).resolveTxt(BLUE), { code: 'ENODATA' });
  await assert.rejects(asking(resolver).resolve4(`no.${ZONE}`), { code: 'ENOTFOUND' });
});

test('a Node process of the run finds names by dns.lookup and by connecting, and leaves addresses to the system', async () => {
  names = namesWith(soa(900, NEGATIVE_SECONDS), recordSet(`here.${ZONE}`, 'A', 60, '127.0.0.1'));
  const server = createServer(socket => socket.end('hello'));
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  after(() => server.close());
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const lines = await linesOf(
    `import { lookup } from 'node:dns';
     import { lookup as lookupPromise } from 'node:dns/promises';
     import { connect } from 'node:net';
     const say = value => console.log(JSON.stringify(value));
     lookup('here.${ZONE}', (error, ip, family) => {
       say([ip, family]);
       lookup('here.${ZONE}', { all: true }, async (_, all) => {
         say(all);
         say(await lookupPromise('here.${ZONE}'));
         say(await lookupPromise('here.${ZONE}', 6).catch(e => e.code));
         say(await lookupPromise('127.0.0.9'));
         say((await lookupPromise('localhost', 4)).address);
         say(await lookupPromise('absent.${ZONE}').catch(e => [e.code, e.syscall, e.hostname]));
         connect({ host: 'here.${ZONE}', port: ${port} }).on('data', data => say(String(data)));
       });
     });`,
  );
  assert.deepEqual(lines, [
    ['127.0.0.1', 4],
    [{ address: '127.0.0.1', family: 4 }],
    { address: '127.0.0.1', family: 4 },
    'ENOTFOUND',
    { address: '127.0.0.9', family: 4 },
    '127.0.0.1',
    ['ENOTFOUND', 'getaddrinfo', `absent.${ZONE}`],
    'hello',
  ]);
});

async function linesOf(program: string): Promise<unknown[]> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--require', join(projectRoot(), 'local/resolve.cjs'), '--input-type=module', '--eval', program],
    { env: { KAFKA_BLUEGREEN_RESOLVER: resolver.address }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: unknown[] = [];
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line));
  return lines;
}
