/** One question to one server: by UDP, and again by TCP when the answer was cut short. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import {
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

const TIMEOUT_MS = 2_000;

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** An error when the server does not answer in two seconds. */
export async function ask(server: ServerAddress, question: Question): Promise<Packet> {
  const id = randomInt(0x1_00_00);
  const query = { type: 'query' as const, id, flags: RECURSION_DESIRED, questions: [question] };
  const first = await byDatagram(server, encode(query), id);
  return (first.flags ?? 0) & TRUNCATED_RESPONSE ? byConnection(server, streamEncode(query)) : first;
}

function byDatagram({ host, port }: ServerAddress, query: Buffer, id: number): Promise<Packet> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(() => settle(() => reject(silent(host, port))), TIMEOUT_MS);
    socket.once('error', error => settle(() => reject(error)));
    socket.on('message', message => {
      const answer = decode(message);
      if (answer.id === id) settle(() => resolve(answer));
    });
    socket.send(query, port, host);
  });
}

function byConnection({ host, port }: ServerAddress, query: Buffer): Promise<Packet> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => socket.write(query));
    let received = Buffer.alloc(0);
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(streamDecode(received));
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', reject);
    socket.on('close', () => reject(silent(host, port)));
  });
}

function silent(host: string, port: number): Error {
  return new Error(`The DNS server ${host}:${port} gave no answer within ${TIMEOUT_MS / 1000} s.`);
}
