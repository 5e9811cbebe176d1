/** One broker with one partition whose answers a test decides: what a real one does only now and then, on demand. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { WireReader, WireWriter } from '../../../demo/auditor/wire.ts';

export interface FakeLog {
  clusterId: string;
  topic: string;
  logStart: number;
  /** Whole batches, by the offset at which a fetch gets them. */
  batches: Map<number, Buffer>;
  end: number;
  /** What the next fetch meets instead of an answer; `none` from then on. */
  trouble: 'none' | 'not-leader' | 'hang-up' | 'half-an-answer';
}

const METADATA = 3;
const LIST_OFFSETS = 2;
const NOT_LEADER = 6;
const OUT_OF_RANGE = 1;

export async function startFakeBroker(log: FakeLog): Promise<{ host: string; port: number; stop: () => void }> {
  const sockets = new Set<Socket>();
  const host = '127.0.0.1';
  const server = createServer(socket => {
    sockets.add(socket);
    let unread = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', chunk => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 4 && unread.length >= 4 + unread.readInt32BE(0)) {
        const end = 4 + unread.readInt32BE(0);
        answer(socket, unread.subarray(4, end), log, place());
        unread = unread.subarray(end);
      }
    });
  });
  const place = () => {
    const address = server.address();
    return { host, port: typeof address === 'object' && address !== null ? address.port : 0 };
  };
  server.listen(0, host);
  await once(server, 'listening');
  return {
    ...place(),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function answer(socket: Socket, request: Buffer, log: FakeLog, place: { host: string; port: number }): void {
  const reader = new WireReader(request);
  const apiKey = reader.int16();
  reader.int16();
  const correlationId = reader.int32();
  reader.string();
  if (apiKey === METADATA) return reply(socket, correlationId, metadata(log, place));
  if (apiKey === LIST_OFFSETS) return reply(socket, correlationId, offsets(log));
  const { trouble } = log;
  log.trouble = 'none';
  const body = fetched(log, request, trouble === 'not-leader');
  if (trouble === 'hang-up') socket.destroy();
  else if (trouble === 'half-an-answer') {
    socket.write(
      Buffer.concat([
        new WireWriter()
          .int32(body.length + 4)
          .int32(correlationId)
          .toBuffer(),
        body.subarray(0, 20),
      ]),
    );
    socket.end();
  } else if (log.batches.has(wantedOffset(request)) || trouble !== 'none' || wantedOffset(request) < log.logStart)
    reply(socket, correlationId, body);
  else setTimeout(() => reply(socket, correlationId, fetched(log, request, false)), 20);
}

function reply(socket: Socket, correlationId: number, body: Buffer): void {
  socket.write(
    Buffer.concat([
      new WireWriter()
        .int32(body.length + 4)
        .int32(correlationId)
        .toBuffer(),
      body,
    ]),
  );
}

function metadata(log: FakeLog, { host, port }: { host: string; port: number }): Buffer {
  const none: readonly number[] = [];
  return new WireWriter()
    .int32(0)
    .int32(1)
    .int32(1)
    .string(host)
    .int32(port)
    .int16(-1)
    .string(log.clusterId)
    .int32(1)
    .int32(1)
    .int16(0)
    .string(log.topic)
    .int8(0)
    .int32(1)
    .int16(0)
    .int32(0)
    .int32(1)
    .int32(0)
    .array(none, () => undefined)
    .array(none, () => undefined)
    .array(none, () => undefined)
    .int32(0)
    .int32(0)
    .toBuffer();
}

function offsets(log: FakeLog): Buffer {
  const partition = new WireWriter().int32(1).string(log.topic).int32(1).int32(0).int16(0);
  return Buffer.concat([new WireWriter().int32(0).toBuffer(), partition.int64(-1).int64(log.end).int32(0).toBuffer()]);
}

function fetched(log: FakeLog, request: Buffer, notLeader: boolean): Buffer {
  const offset = wantedOffset(request);
  const errorCode = notLeader ? NOT_LEADER : offset < log.logStart ? OUT_OF_RANGE : 0;
  const bytes = errorCode === 0 ? (log.batches.get(offset) ?? Buffer.alloc(0)) : Buffer.alloc(0);
  const head = new WireWriter()
    .int32(0)
    .int16(0)
    .int32(0)
    .int32(1)
    .string(log.topic)
    .int32(1)
    .int32(0)
    .int16(errorCode);
  const tail = head.int64(log.end).int64(log.end).int64(log.logStart).int32(0).int32(-1).int32(bytes.length);
  return Buffer.concat([tail.toBuffer(), bytes]);
}

/** A fetch of one partition ends: offset, log start (8), size (4), forgotten topics (4), rack (2). */
function wantedOffset(request: Buffer): number {
  return Number(request.readBigInt64BE(request.length - 26));
}
