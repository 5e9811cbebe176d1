import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { Connection } from '@platformatic/kafka';
import { probeMetadata } from '../../local/metadata-probe.ts';
import { until } from '../../local/until.ts';
import { carriesErrorCode, withErrorCode } from './kafka-error-answers.ts';
import { type KafkaFaultKind, type KafkaFaultProxy, startKafkaFaultProxy } from './kafka-fault-proxy.ts';
import { Frames, readRequest } from './kafka-frames.ts';

const LISTEN = { host: '127.0.0.1', port: 0 };

/** A broker that answers Metadata as the probe asks it: its cluster's id says how many it has answered. */
let effects = 0;
let upstream: Server;
let proxy: KafkaFaultProxy;
let port = 0;

before(async () => {
  upstream = createServer(socket => {
    socket.on('error', () => socket.destroy());
    const frames = new Frames(frame => {
      effects += 1;
      socket.write(metadataAnswer(readRequest(frame).correlationId, `answer-${effects}`));
    });
    socket.on('data', chunk => frames.push(chunk));
  }).listen(LISTEN);
  await once(upstream, 'listening');
  const spare = createServer().listen(LISTEN);
  await once(spare, 'listening');
  port = (spare.address() as AddressInfo).port;
  spare.close();
  await once(spare, 'close');
  const { port: upstreamPort } = upstream.address() as AddressInfo;
  proxy = await startKafkaFaultProxy([
    { listen: { host: '127.0.0.1', port }, upstream: { host: '127.0.0.1', port: upstreamPort } },
  ]);
});
after(async () => {
  await proxy.stop();
  upstream.close();
});
beforeEach(() => {
  proxy.inject([]);
  effects = 0;
});

function metadataAnswer(correlationId: number, clusterId: string): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 4 + 2 + clusterId.length);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(correlationId, 4);
  bytes.writeInt16BE(clusterId.length, 12);
  bytes.write(clusterId, 14);
  return bytes;
}

async function ask(timeoutMs = 300): Promise<string | null> {
  return (await probeMetadata('127.0.0.1', port, timeoutMs))?.clusterId ?? null;
}

const faults: { kind: KafkaFaultKind; effects: number; seen: string | null }[] = [
  { kind: { kind: 'cut-before-effect' }, effects: 0, seen: null },
  { kind: { kind: 'cut-after-effect' }, effects: 1, seen: null },
  { kind: { kind: 'silent-after-effect' }, effects: 1, seen: null },
  { kind: { kind: 'delay', ms: 10 }, effects: 1, seen: 'answer-1' },
];
for (const fault of faults)
  test(`A fault of the kind ${fault.kind.kind} hits one request of its API, and the next goes through`, async () => {
    proxy.inject([
      { api: 'Fetch', kind: fault.kind },
      { api: 'Metadata', kind: fault.kind },
    ]);
    assert.equal(await ask(), fault.seen);
    assert.equal(effects, fault.effects);
    assert.equal(await ask(), `answer-${fault.effects + 1}`);
    assert.deepEqual([...proxy.calls], [['Metadata', 2]]);
    assert.deepEqual([...proxy.hits], [['Metadata', 1]]);
  });

test('A connection that falls silent passes nothing any more, and another one does', async () => {
  proxy.inject([{ api: 'Metadata', kind: { kind: 'blackhole' } }]);
  assert.equal(await ask(), null);
  assert.equal(effects, 0);
  assert.equal(await ask(), 'answer-1');
  assert.deepEqual([...proxy.calls], [['Metadata', 2]]);
});

test('A held answer comes when it is released; meanwhile others are answered, and the client is known', async () => {
  proxy.inject([{ api: 'Metadata', kind: { kind: 'held-after-effect' } }]);
  const answer = ask(5_000);
  await until('it happened', () => effects === 1, { withinMs: 5_000 });
  const [client] = proxy.clients;
  assert.equal(await ask(), 'answer-2');
  proxy.release();
  assert.equal(await answer, 'answer-1');
  assert.deepEqual([...proxy.clients], [client]);
});

test('A fault may spare the first requests and hit several, of one client or of every API', async () => {
  const kind = { kind: 'cut-before-effect' } as const;
  proxy.inject([
    { api: 'each', client: 'somebody else', kind },
    { api: 'each', client: 'kafka-bluegreen', skip: 1, times: 2, kind },
  ]);
  const seen = [await ask(), await ask(), await ask(), await ask()];
  assert.deepEqual(seen, ['answer-1', null, null, 'answer-2']);
});

test('A stale answer is the first one to the same request', async () => {
  proxy.inject([{ api: 'Metadata', skip: 1, kind: { kind: 'stale' } }]);
  assert.deepEqual([await ask(), await ask(), await ask()], ['answer-1', 'answer-1', 'answer-3']);
});

test('While it refuses, nobody connects, and who was connected is cut', async () => {
  const connection = new Connection('tester');
  connection.on('error', () => undefined);
  await connection.connect('127.0.0.1', port);
  await proxy.refuse();
  await until('the connection is cut', () => !connection.isConnected(), { withinMs: 5_000 });
  assert.equal(await ask(), null);
  await proxy.accept();
  assert.equal(await ask(), 'answer-1');
});

test('An error code is written wherever the layout of an answer has one', () => {
  // CreatePartitions 3: correlation id, no tags, throttle, two topics.
  const topic = (code: number) => [0x02, 0x61, code >> 8, code & 0xff, 0x00, 0x00];
  const answer = (code: number) =>
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x03, ...topic(code), ...topic(code), 0]);
  assert.deepEqual(withErrorCode('CreatePartitions', 3, answer(0), 41), answer(41));
  assert.deepEqual(withErrorCode('CreatePartitions', 2, answer(0), 41), answer(0), 'another version is left alone');
  assert.equal(carriesErrorCode('OffsetCommit'), true);
  assert.equal(carriesErrorCode('Produce'), false);
});
