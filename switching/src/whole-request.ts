/**
 * A request handed over to kafkajs's connection as it stands. kafkajs's own way copies each request twice into fresh memory,
 * which for large ones costs more than all else that is done to them.
 */
import type { Connection } from 'kafkajs/src/network/connection.js';
import { ByteWriter } from './byte-writer.ts';

const HEADER_BYTES = 64;
const LENGTH_BYTES = 4;

export interface RequestName {
  readonly apiName: string;
  readonly apiKey: number;
  readonly apiVersion: number;
}

/** Rejects as kafkajs's `send` does: before it was sent, or with what became of the connection. The parts are sent in their order. */
export async function sendWhole<Answer extends { readonly clientSideThrottleTime?: number }>(
  connection: Connection,
  name: RequestName,
  parts: readonly Buffer[],
  decode: (payload: Buffer) => Promise<Answer>,
): Promise<Answer> {
  if (!connection.isAuthenticated()) await connection.authenticate();
  const payload = await new Promise<Buffer>((resolve, reject) => {
    connection.failIfNotConnected();
    const correlationId = connection.nextCorrelationId();
    const header = headerOf(name, correlationId, connection.clientId, parts);
    connection.requestQueue.push({
      entry: { ...name, correlationId, resolve: answered => resolve(answered.payload), reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => {
        const { socket } = connection;
        if (socket === undefined) throw new Error('There is no connection.');
        socket.cork();
        socket.write(header);
        for (const part of parts) socket.write(part);
        socket.uncork();
      },
    });
  });
  const answer = await decode(payload);
  connection.requestQueue.maybeThrottle(answer.clientSideThrottleTime);
  return answer;
}

/** Request header v1: length of all that follows, api, version, correlation id, client id. */
function headerOf(
  { apiKey, apiVersion }: RequestName,
  correlationId: number,
  clientId: string,
  parts: readonly Buffer[],
): Buffer {
  const writer = new ByteWriter(HEADER_BYTES);
  writer.int32(0);
  writer.int16(apiKey);
  writer.int16(apiVersion);
  writer.int32(correlationId);
  writer.string(clientId);
  const size = parts.reduce((sum, part) => sum + part.length, writer.bytes.length - LENGTH_BYTES);
  writer.patch32(0, size);
  return writer.bytes;
}
