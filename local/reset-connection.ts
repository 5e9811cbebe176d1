import type { Socket } from 'node:net';

/**
 * Breaks a connection with RST, so that who is at its other end sees at once that it failed. A socket that is just saying its FIN is
 * closed instead: libuv refuses to reset it then, and Node (24.19) neither closes it afterwards nor ever ends the process.
 */
export function resetConnection(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
