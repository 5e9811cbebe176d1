import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import dnsPacket from 'dns-packet';
import {
  askServers,
  awaitAnswers,
  expectAddresses,
  expectCname,
  expectText,
  loadBalancerAddresses,
  nameServerAddresses,
} from '../../aws/lookup.ts';

interface Reply {
  readonly answers?: dnsPacket.Answer[];
  readonly rcode?: 0 | 2 | 3 | 5;
}

/** A name server that answers every question by a function, which a test may replace. */
interface NameServer {
  readonly address: string;
  reply: (question: dnsPacket.Question) => Reply;
  close(): void;
}

async function startNameServer(): Promise<NameServer> {
  const socket: Socket = createSocket('udp4');
  const server: NameServer = { address: '', reply: () => ({ rcode: 3 }), close: () => socket.close() };
  socket.on('message', (message, from) => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return;
    const reply = server.reply(question);
    const answer = dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: dnsPacket.AUTHORITATIVE_ANSWER | (reply.rcode ?? 0),
      questions: [question],
      answers: reply.answers ?? [],
    });
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return Object.assign(server, { address: `127.0.0.1:${socket.address().port}` });
}

const record = 'kafka.orders.example.com';
const signpost = `_bluegreen.${record}`;
let one: NameServer;
let two: NameServer;

before(async () => {
  [one, two] = await Promise.all([startNameServer(), startNameServer()]);
});
after(() => {
  one.close();
  two.close();
});

function cname(target: string): (question: dnsPacket.Question) => Reply {
  return ({ name }) => ({ answers: [{ type: 'CNAME', name, ttl: 5, data: target }] });
}

function green({ name, type }: dnsPacket.Question): Reply {
  return type === 'TXT'
    ? { answers: [{ type: 'TXT', name, ttl: 5, data: 'v=1 epoch=2' }] }
    : { answers: [{ type: 'CNAME', name, ttl: 5, data: 'nlb-green.example.net' }] };
}

test('Every server is asked by its own address, and each answer stands beside its server', async () => {
  one.reply = cname('NLB-Blue.example.net');
  two.reply = cname('nlb-green.example.net');
  assert.deepEqual(await askServers([one.address, two.address], record, 'CNAME'), [
    { server: one.address, answer: { kind: 'answer', values: ['nlb-blue.example.net'] } },
    { server: two.address, answer: { kind: 'answer', values: ['nlb-green.example.net'] } },
  ]);
});

test('A name that does not exist and one without such a record are absent; a failing server is not', async () => {
  one.reply = () => ({ rcode: 3 });
  two.reply = () => ({ rcode: 0 });
  const [missing, empty] = await askServers([one.address, two.address], record, 'TXT');
  assert.deepEqual([missing?.answer, empty?.answer], [{ kind: 'absent' }, { kind: 'absent' }]);
  one.reply = () => ({ rcode: 2 });
  two.reply = () => ({ rcode: 5 });
  const [failing, refusing] = await askServers([one.address, two.address], record, 'TXT');
  assert.equal(failing?.answer.kind, 'failed');
  assert.equal(refusing?.answer.kind, 'failed');
});

test('A server that nobody can reach, or that is no address, is a failure of that server only', async () => {
  one.reply = cname('nlb.example.net');
  const closed = await startNameServer();
  closed.close();
  const [good, gone, bad] = await askServers([one.address, closed.address, 'not-an-address'], record, 'CNAME');
  assert.equal(good?.answer.kind, 'answer');
  assert.deepEqual(gone?.answer, { kind: 'failed', reason: 'nothing listens there' });
  assert.deepEqual(bad?.answer, { kind: 'failed', reason: 'not the address of a server' });
});

test('The parts of a text are joined without a separator', async () => {
  one.reply = ({ name }) => ({ answers: [{ type: 'TXT', name, ttl: 5, data: ['v=1 epo', 'ch=2'] }] });
  const [answer] = await askServers([one.address], signpost, 'TXT');
  assert.deepEqual(answer?.answer, { kind: 'answer', values: ['v=1 epoch=2'] });
});

test('The wait ends when the last server has the new record and the new signpost', async () => {
  let asked = 0;
  one.reply = green;
  two.reply = question => (++asked > 6 ? green(question) : cname('nlb-blue.example.net')(question));
  const waits: string[] = [];
  const observations = await awaitAnswers(
    async () => ({
      servers: [one.address, two.address],
      expected: [expectCname(record, 'NLB-green.example.net.'), expectText(signpost, 'v=1 epoch=2')],
    }),
    { deadlineMs: 10_000, everyMs: 50, progress: p => waits.push(p.waitingFor) },
  );
  assert.ok(asked > 6);
  assert.deepEqual(
    observations.map(({ server, type, values }) => ({ server, type, values })),
    [
      { server: one.address, type: 'CNAME', values: ['nlb-green.example.net'] },
      { server: two.address, type: 'CNAME', values: ['nlb-green.example.net'] },
      { server: one.address, type: 'TXT', values: ['v=1 epoch=2'] },
      { server: two.address, type: 'TXT', values: ['v=1 epoch=2'] },
    ],
  );
  assert.ok(waits[0]?.includes(`${two.address} answers nlb-blue.example.net for CNAME ${record}`), waits[0]);
});

test('After the deadline the servers that do not have it are named, and one that has two values is one of them', async () => {
  one.reply = ({ name }) => ({
    answers: [
      { type: 'TXT', name, ttl: 5, data: 'v=1 epoch=2' },
      { type: 'TXT', name, ttl: 5, data: 'v=1 epoch=3' },
    ],
  });
  const expected = [expectText(signpost, 'v=1 epoch=2')];
  const wait = awaitAnswers(async () => ({ servers: [one.address], expected }), { deadlineMs: 200, everyMs: 50 });
  await assert.rejects(wait, { name: 'NotYet', message: new RegExp(`${one.address} answers .*epoch=3`) });
});

test('What is expected is looked up for every look: a load balancer may get other addresses while it is waited for', async () => {
  one.reply = ({ name }) => ({ answers: [{ type: 'A', name, ttl: 60, data: '10.0.0.8' }] });
  const addresses = [[], ['10.0.0.7'], ['10.0.0.7', '10.0.0.8']];
  const seen = await awaitAnswers(
    async () => ({ servers: [one.address], expected: [expectAddresses(record, addresses.shift() ?? [])] }),
    { deadlineMs: 5_000, everyMs: 50 },
  );
  assert.deepEqual(
    seen.map(({ server, values }) => ({ server, values })),
    [{ server: one.address, values: ['10.0.0.8'] }],
  );
  assert.deepEqual(addresses, []);
});

test('An alias matches only with addresses of the new load balancer', () => {
  const want = expectAddresses(record, ['10.0.0.1', '10.0.0.2']);
  assert.ok(want.matches(['10.0.0.2']));
  assert.ok(!want.matches(['10.0.0.2', '10.0.0.9']));
  assert.ok(!want.matches([]));
});

test('Nobody to ask is an error and not an answer', async () => {
  await assert.rejects(
    () => awaitAnswers(async () => ({ servers: [], expected: [expectCname(record, 'x')] })),
    /No DNS server/,
  );
});

test('Name servers given as addresses are asked at port 53 of each', async () => {
  assert.deepEqual(await nameServerAddresses(['192.0.2.1', '2001:db8::1', '192.0.2.1']), [
    '192.0.2.1:53',
    '[2001:db8::1]:53',
  ]);
});

test("the load balancer of a public zone's alias is looked up as this machine does: the zone's own name servers do not know it", async () => {
  assert.deepEqual(await loadBalancerAddresses('localhost', null), ['127.0.0.1']);
  // No name at all, so that nobody is asked for it.
  await assert.rejects(loadBalancerAddresses('nlb..green', null), {
    name: 'NotYet',
    message: /^The load balancer's name nlb\.\.green has no address \(.*nlb\.\.green\)\. It is tried again\.$/,
  });
});

test('the load balancer of a private zone is looked up by its resolvers, and nothing is expected while they know no address', async () => {
  const resolvers = [one.address, two.address];
  const name = 'nlb-green.example.net';
  one.reply = () => ({ rcode: 5 });
  two.reply = () => ({ rcode: 5 });
  await assert.rejects(loadBalancerAddresses(name, resolvers), {
    name: 'NotYet',
    message: /has no address \(127\.0\.0\.1:\d+ answers not \(the server refuses this name\); /,
  });
  two.reply = () => ({ answers: [{ name, type: 'A', ttl: 60, data: '10.0.0.7' }] });
  assert.deepEqual(await loadBalancerAddresses(name, resolvers), ['10.0.0.7']);
});
