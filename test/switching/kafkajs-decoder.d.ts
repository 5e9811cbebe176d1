/** The shapes of what record-batch.test.ts takes from inside kafkajs 2.2.x, which publishes no types for them. */
declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(payload: Buffer);
    readonly buffer: Buffer;
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  export default function decodeBatch(decoder: Decoder): Promise<{
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly firstSequence: number;
    readonly lastOffsetDelta: number;
    readonly inTransaction: boolean;
    readonly maxTimestamp: string;
    readonly records: readonly {
      readonly timestamp: string;
      readonly offset: string;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>;
      readonly batchContext: unknown;
    }[];
  }>;
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32c(bytes: Buffer): number;
}
