/**
 * DNS over UDP and TCP on one address. An answer that does not fit the asker's datagram is sent empty with the TC bit, and
 * the asker comes again by TCP (RFC 1035 section 4.2, RFC 6891 for the size).
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type Question,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { bitsOf, type ResponseCode } from './response-code.ts';

const PLAIN_DATAGRAM_BYTES = 512;
const OWN_DATAGRAM_BYTES = 1232;
const IDLE_CONNECTION_MS = 10_000;

export interface Response {
  readonly code: ResponseCode;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

export interface DnsServer {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

export interface DnsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether it answers from its own zones; a resolver does not. */
  readonly authoritative: boolean;
  readonly respond: (question: Question) => Response | Promise<Response>;
}

export async function startDnsServer({ host, port, authoritative, respond }: DnsServerOptions): Promise<DnsServer> {
  const ownFlags = authoritative ? AUTHORITATIVE_ANSWER : RECURSION_AVAILABLE;
  const reply = async (message: Buffer): Promise<{ bytes: Buffer; query: DecodedPacket; head: Buffer } | undefined> => {
    const query = decoded(message);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined || query.type !== 'query') return undefined;
    const { code, answers, authorities } = await respond(question);
    const flags = ownFlags | ((query.flags ?? 0) & RECURSION_DESIRED) | bitsOf(code);
    const common = { type: 'response' as const, id: query.id ?? 0, questions: [question] };
    const bytes = encode({ ...common, flags, answers: [...answers], authorities: [...authorities] });
    return { bytes, query, head: encode({ ...common, flags: flags | TRUNCATED_RESPONSE }) };
  };

  const udp = createSocket('udp4');
  const answerDatagram = async (message: Buffer, asker: RemoteInfo) => {
    const answer = await reply(message);
    if (answer === undefined) return;
    const fits = answer.bytes.length <= datagramBytes(answer.query);
    udp.send(fits ? answer.bytes : answer.head, asker.port, asker.address, () => {});
  };
  const answerStream = async (message: Buffer, socket: Socket) => {
    const answer = await reply(message);
    if (answer === undefined) socket.destroy();
    else if (socket.writable) socket.write(Buffer.concat([lengthOf(answer.bytes), answer.bytes]));
  };
  udp.on('message', (message, asker) => {
    void answerDatagram(message, asker);
  });
  const connections = new Set<Socket>();
  const tcp = createServer(socket => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {});
    socket.setTimeout(IDLE_CONNECTION_MS, () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const message = received.subarray(2, end);
        received = received.subarray(end);
        void answerStream(message, socket);
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind({ address: host, port, exclusive: true }, resolve);
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen({ host, port, exclusive: true }, resolve);
  });
  return {
    address: `${host}:${port}`,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>(resolve => {
          udp.close(resolve);
        }),
        new Promise(resolve => {
          tcp.close(resolve);
        }),
      ]);
    },
  };
}

function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function datagramBytes(query: DecodedPacket): number {
  const extension = query.additionals?.find(record => record.type === 'OPT');
  const offered = extension?.type === 'OPT' ? extension.udpPayloadSize : PLAIN_DATAGRAM_BYTES;
  return Math.min(Math.max(offered, PLAIN_DATAGRAM_BYTES), OWN_DATAGRAM_BYTES);
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return length;
}
