/**
 * One connection to one broker. Kafka answers the requests of a connection in order; a correlation id that does not fit, or a
 * lost connection, fails everything that waits.
 */
import { connect, type Socket } from 'node:net';
import { type Request, readAnswer } from './requests.ts';
import { WireWriter } from './wire.ts';

const CLIENT_ID = 'kafka-bluegreen-auditor';
const CONNECT_DEADLINE_MS = 5_000;

interface Waiting {
  readonly correlationId: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export class BrokerConnection {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #waiting: Waiting[] = [];
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #lastCorrelationId = 0;
  #closed: Error | null = null;

  private constructor(socket: Socket, where: string) {
    this.#socket = socket;
    this.#where = where;
    socket.setNoDelay(true);
    socket.on('data', chunk => this.#receive(chunk));
    socket.on('error', error => this.#fail(error));
    socket.on('timeout', () => this.#fail(new Error(`${where} did not answer in time.`)));
    socket.on('close', () => this.#fail(new Error(`${where} closed the connection.`)));
  }

  static async open(host: string, port: number): Promise<BrokerConnection> {
    const where = `${host}:${port}`;
    const socket = connect({ host, port });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error(`${where} did not accept a connection within ${CONNECT_DEADLINE_MS} ms.`));
      }, CONNECT_DEADLINE_MS);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once('error', error => {
        clearTimeout(timer);
        reject(new Error(`${where} cannot be reached: ${error.message}`, { cause: error }));
      });
    });
    return new BrokerConnection(socket, where);
  }

  get open(): boolean {
    return this.#closed === null;
  }

  async send<Answer>(request: Request<Answer>, deadlineMs = 15_000): Promise<Answer> {
    if (this.#closed) throw this.#closed;
    this.#lastCorrelationId += 1;
    const correlationId = this.#lastCorrelationId;
    const header = new WireWriter().int16(request.apiKey).int16(request.apiVersion).int32(correlationId);
    const message = Buffer.concat([header.string(CLIENT_ID).toBuffer(), request.body]);
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting.push({ correlationId, resolve, reject });
      this.#socket.write(Buffer.concat([new WireWriter().int32(message.length).toBuffer(), message]));
      this.#socket.setTimeout(deadlineMs);
    });
    return readAnswer(request, bytes);
  }

  close(): void {
    this.#fail(new Error(`The connection to ${this.#where} was closed.`));
  }

  #receive(chunk: Buffer): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    while (this.#unreadBytes >= 4) {
      const bytes = this.#unread.length === 1 && this.#unread[0] ? this.#unread[0] : Buffer.concat(this.#unread);
      this.#unread = [bytes];
      const end = 4 + bytes.readInt32BE(0);
      if (bytes.length < end) return;
      this.#unread = [bytes.subarray(end)];
      this.#unreadBytes = bytes.length - end;
      this.#answer(bytes.subarray(4, end));
    }
  }

  #answer(message: Buffer): void {
    const waiting = this.#waiting.shift();
    const correlationId = message.readInt32BE(0);
    if (waiting?.correlationId === correlationId) {
      if (this.#waiting.length === 0) this.#socket.setTimeout(0);
      waiting.resolve(message.subarray(4));
    } else {
      const error = new Error(`${this.#where} answered request ${correlationId}, which was not the next one.`);
      waiting?.reject(error);
      this.#fail(error);
    }
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
