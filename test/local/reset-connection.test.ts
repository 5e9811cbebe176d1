import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { resetConnection } from '../../local/reset-connection.ts';

/** What each side of a connection sees when the server's side is reset after this. */
async function afterReset(before: (server: Socket) => void): Promise<{ server: string; client: string }> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert.ok(address !== null && typeof address === 'object');
  const client = connect(address.port, address.address);
  const [server] = (await once(listener, 'connection')) as [Socket];
  const seen = Promise.all([endOf(server), endOf(client)]);
  before(server);
  resetConnection(server);
  listener.close();
  const [atServer, atClient] = await seen;
  return { server: atServer, client: atClient };
}

function endOf(socket: Socket): Promise<string> {
  let seen = 'closed';
  socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
    seen = code;
  });
  socket.resume();
  return new Promise(resolve => socket.once('close', () => resolve(seen)));
}

test('A connection that is reset fails at its other end', { timeout: 10_000 }, async () => {
  assert.deepEqual(await afterReset(() => undefined), { server: 'closed', client: 'ECONNRESET' });
});

test('A connection that is reset while it ends is closed', { timeout: 10_000 }, async () => {
  assert.deepEqual(await afterReset(server => server.end()), { server: 'closed', client: 'closed' });
});
