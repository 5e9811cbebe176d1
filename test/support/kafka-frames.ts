/** Kafka's frames on a connection: four bytes of size, then a header. */

export interface SeenRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
  /** What follows the client id. */
  readonly body: Buffer;
}

const SIZE_BYTES = 4;

/** Cuts a stream into whole frames, each with its size. */
export class Frames {
  readonly #take: (frame: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(take: (frame: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#rest.length < SIZE_BYTES) return;
      const end = SIZE_BYTES + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      this.#take(frame);
    }
  }
}

export function readRequest(frame: Buffer): SeenRequest {
  const idLength = Math.max(0, frame.readInt16BE(12));
  return {
    apiKey: frame.readInt16BE(4),
    apiVersion: frame.readInt16BE(6),
    correlationId: frame.readInt32BE(8),
    clientId: frame.toString('utf8', 14, 14 + idLength),
    body: frame.subarray(14 + idLength),
  };
}
