/** A server that speaks gRPC and answers each method of Temporal's with one status: what a wrong key or a broken server looks like. */
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface Status {
  readonly code: number;
  readonly message: string;
}

/** An empty message without compression: every field has its default. */
const EMPTY = Buffer.alloc(5);

export async function fakeTemporal(
  answer: (method: string) => Status | 'empty',
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer();
  const sessions = new Set<{ destroy: () => void }>();
  server.on('session', session => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const said = answer(String(headers[':path']).split('/').at(-1) ?? '');
    const start = { ':status': 200, 'content-type': 'application/grpc' };
    if (said !== 'empty')
      return stream.respond({ ...start, 'grpc-status': said.code, 'grpc-message': said.message }, { endStream: true });
    stream.respond(start, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
    stream.end(EMPTY);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
