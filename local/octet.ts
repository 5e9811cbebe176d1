/**
 * Every copy on this machine has a network of its own, 127.N.0.0/16: all of 127/8 can be bound on Linux. N is held by a
 * listening socket, so it is free again as soon as its holder is gone, however it went.
 */
import { createServer, type Server } from 'node:net';

const FIRST = 16;
const LAST = 250;
/** Nothing else listens here; the address is only held. */
const HOLD_PORT = 5299;

export interface Octet {
  readonly octet: number;
  release(): void;
}

/** Takes the next free second octet, beginning at a random one so that copies that start together seldom meet. */
export async function allocateOctet(): Promise<Octet> {
  const count = LAST - FIRST + 1;
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    const octet = FIRST + ((start + i) % count);
    const server = await hold(octet);
    if (server !== null) return { octet, release: () => server.close() };
  }
  throw new Error(
    `All ${count} networks 127.${FIRST}.0.0/16 to 127.${LAST}.0.0/16 are in use. End a copy: npm run local -- down`,
  );
}

function hold(octet: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen({ host: `127.${octet}.0.1`, port: HOLD_PORT, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
