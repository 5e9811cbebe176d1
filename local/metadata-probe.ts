/**
 * The smallest question that only a serving broker answers: Metadata version 2 without topics, which every broker from
 * 0.10.1 on understands (https://kafka.apache.org/protocol.html#The_Messages_Metadata).
 */
import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 2;
const CLIENT_ID = 'kafka-bluegreen-probe';

export interface ProbeAnswer {
  readonly clusterId: string;
  readonly brokerIds: readonly number[];
}

/** What the broker says, or undefined when it does not answer properly within `timeoutMs`. */
export function probeMetadata(host: string, port: number, timeoutMs = 2_000): Promise<ProbeAnswer | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const settle = (answer: ProbeAnswer | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(settle, timeoutMs, undefined);
    let received = Buffer.alloc(0);
    socket.on('error', () => settle(undefined));
    socket.on('close', () => settle(undefined));
    socket.on('connect', () => socket.write(request()));
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      settle(answerIn(received));
    });
  });
}

function request(): Buffer {
  const clientId = Buffer.from(CLIENT_ID);
  const bytes = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4);
  let at = bytes.writeInt32BE(bytes.length - 4, 0);
  at = bytes.writeInt16BE(METADATA, at);
  at = bytes.writeInt16BE(VERSION, at);
  at = bytes.writeInt32BE(0, at);
  at = bytes.writeInt16BE(clientId.length, at);
  at += clientId.copy(bytes, at);
  bytes.writeInt32BE(0, at);
  return bytes;
}

function answerIn(bytes: Buffer): ProbeAnswer | undefined {
  let at = 8;
  const int32 = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const text = () => {
    const length = Math.max(0, bytes.readInt16BE(at));
    at += 2 + length;
    return bytes.toString('utf8', at - length, at);
  };
  try {
    const brokerIds: number[] = [];
    for (let left = int32(); left > 0; left--) {
      brokerIds.push(int32());
      text();
      int32();
      text();
    }
    return { brokerIds: brokerIds.toSorted((a, b) => a - b), clusterId: text() };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
