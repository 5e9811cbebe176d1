/** Whether something accepts connections: all that a load balancer's TCP health check knows. */
import { connect } from 'node:net';

const TIMEOUT_MS = 1_000;

export function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const settle = (accepts: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(accepts);
    };
    const timer = setTimeout(settle, TIMEOUT_MS, false);
    socket.on('connect', () => settle(true));
    socket.on('error', () => settle(false));
  });
}
