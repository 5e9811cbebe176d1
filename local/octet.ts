/**
 * Every copy on a machine owns one second octet of 127/8: 127.N.0.0/16 is its network. Ownership is an exclusively bound
 * TCP port, so that it ends with the owning process whatever ends it, and no file has to be cleaned up.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

const FIRST = 16;
const LAST = 250;
const CLAIM_PORT = 47_100;
const LISTENING = '0A';
/** Hexadecimal digits of an IPv4 address. */
const WORD = 8;
/** The three words before it in an IPv6 address that stands for an IPv4 one (::ffff:0:0/96). */
const MAPPED = '0000000000000000FFFF0000';

export interface Octet {
  readonly octet: number;
  /** Gives the octet back; the process's end does so too. */
  release(): void;
}

/** An octet that no copy owns and in which nothing listens. The search begins anywhere, so that starters rarely collide. */
export async function allocateOctet(): Promise<Octet> {
  const taken = new Set((await listeningHosts()).map(host => Number(host.split('.')[1])));
  const count = LAST - FIRST + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const octet = FIRST + ((start + step) % count);
    if (taken.has(octet)) continue;
    const claim = await bind(`127.${octet}.0.1`);
    if (claim !== undefined) return { octet, release: () => void claim.close() };
  }
  throw new Error(
    `Every network from 127.${FIRST}.0.0/16 to 127.${LAST}.0.0/16 is in use on this machine. ` +
      'End a copy that is no longer needed: npm run local -- down',
  );
}

/**
 * The addresses of 127/8 on which anything of this machine listens, one entry a listener. Programs that listen through
 * IPv6 sockets, as Java does, are in the kernel's other table with the address in the last of four words.
 */
export async function listeningHosts(): Promise<string[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(file => readFile(file, 'utf8')));
  return tables
    .flatMap(table => table.trim().split('\n').slice(1))
    .flatMap(line => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = ''] = local.split(':');
      const isIPv4 = address.length === WORD || address.startsWith(MAPPED);
      const host = hostOf(address.slice(-WORD));
      return state === LISTENING && isIPv4 && host.startsWith('127.') ? [host] : [];
    });
}

/** The kernel prints an address as a little-endian word: 0100007F is 127.0.0.1. */
function hostOf(word: string): string {
  return [6, 4, 2, 0].map(at => Number.parseInt(word.slice(at, at + 2), 16)).join('.');
}

function bind(host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(new Error(`Addresses of 127/8 cannot be bound here: ${host} gave ${error.code}.`, { cause: error }));
    });
    server.listen({ host, port: CLAIM_PORT, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
