/** An address whose connections are taken and never answered, as a load balancer's is whose targets are gone. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface SilentAddress {
  /** `host:port` */
  readonly address: string;
  /** How many connections were made so far. */
  readonly met: () => number;
  /** How many of them stand. */
  readonly open: () => number;
  readonly close: () => void;
}

export async function silentAddress(): Promise<SilentAddress> {
  let met = 0;
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    met += 1;
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    met: () => met,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
