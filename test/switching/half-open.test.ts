import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { WireBroker } from '../../switching/src/wire.ts';
import type { WireCall } from '../../switching/src/wire-call.ts';
import { Frames } from '../support/kafka-frames.ts';
import { eventually } from './eventually.ts';

const API_VERSIONS = 18;
const QUESTION: WireCall<string> = {
  name: 'DescribeProducers',
  apiKey: 61,
  apiVersion: 0,
  body: Buffer.from('?'),
  decode: payload => payload.toString(),
};

/** A broker that says nothing on its first connection, but which requests it knows, as when what is between the two has gone. */
async function forgetfulBroker() {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket);
    const silent = sockets.length === 1;
    socket.on('error', () => undefined);
    const requests = new Frames(frame => {
      const versions = frame.readInt16BE(4) === API_VERSIONS;
      if (silent && !versions) return;
      // No error, no API, no throttling; or the answer to the question.
      const body = versions ? Buffer.alloc(10) : Buffer.from('!');
      const head = Buffer.alloc(8);
      head.writeInt32BE(body.length + 4, 0);
      head.writeInt32BE(frame.readInt32BE(8), 4);
      socket.write(Buffer.concat([head, body]));
    });
    socket.on('data', chunk => requests.push(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, sockets, close: () => server.close() };
}

test('a connection that leaves a request without answer is given up with all that is on its way, and the next call makes a new one', async t => {
  const there = await forgetfulBroker();
  const broker = await WireBroker.at(
    { host: '127.0.0.1', port: there.port },
    { clientId: 'test', requestTimeout: 300 },
  );
  t.after(async () => {
    await broker.close();
    there.close();
  });
  const lost = await Promise.allSettled([broker.ask(QUESTION), broker.ask(QUESTION)]);
  assert.deepEqual(
    lost.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await eventually('the silent connection is closed', () => there.sockets[0]?.closed === true);
  assert.equal(await broker.ask(QUESTION), '!');
  assert.equal(there.sockets.length, 2);
});

test('a broker that was closed is not connected again', async t => {
  const there = await forgetfulBroker();
  t.after(() => there.close());
  const broker = await WireBroker.at({ host: '127.0.0.1', port: there.port }, { clientId: 'test' });
  const connecting = broker.connect();
  await broker.close();
  await assert.rejects(connecting);
  await assert.rejects(broker.connect(), /closed/);
  await eventually('no connection is left', () => there.sockets.every(({ closed }) => closed));
});
