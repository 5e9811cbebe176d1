/** A local run never talks to anything but this machine; an environment that points elsewhere is a mistake worth stopping at. */
import { isIPv4 } from 'node:net';

/** An error when TEMPORAL_ADDRESS names anything but loopback. */
export function requireLoopback(environment: Readonly<Record<string, string | undefined>>): void {
  const address = environment['TEMPORAL_ADDRESS'];
  if (address === undefined || address === '' || isLoopback(address)) return;
  throw new Error(
    `TEMPORAL_ADDRESS is ${address}, which is not on this machine. A local run only uses servers of its own: unset TEMPORAL_ADDRESS and start again.`,
  );
}

function isLoopback(address: string): boolean {
  const host = address.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
