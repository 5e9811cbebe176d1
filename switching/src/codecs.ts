/**
 * Snappy, LZ4 and zstd for kafkajs, which itself only knows gzip and ends a consumer that meets another one. What the
 * application registered in kafkajs's `CompressionCodecs` stays, before or after.
 */
import kafkajs, { CompressionTypes } from 'kafkajs';
import { compressLz4, decompressLz4 } from './lz4-codec.ts';
import { compressSnappy, decompressSnappy } from './snappy-codec.ts';
import { compressZstd, decompressZstd } from './zstd-codec.ts';

/** As kafkajs calls it. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

type Registered = CompressionTypes.Snappy | CompressionTypes.LZ4 | CompressionTypes.ZSTD;

const codecs: Readonly<Record<Registered, Codec>> = {
  [CompressionTypes.Snappy]: {
    compress: async ({ buffer }) => compressSnappy(buffer),
    decompress: async buffer => decompressSnappy(buffer),
  },
  [CompressionTypes.LZ4]: {
    compress: async ({ buffer }) => compressLz4(buffer),
    decompress: async buffer => decompressLz4(buffer),
  },
  [CompressionTypes.ZSTD]: {
    compress: ({ buffer }) => compressZstd(buffer),
    decompress: buffer => decompressZstd(buffer),
  },
};

/** Takes the places that hold nothing but kafkajs's refusal. */
export function registerCodecs(into: Record<Registered, () => unknown> = kafkajs.CompressionCodecs): void {
  for (const type of [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const)
    if (isMissing(into[type])) into[type] = () => codecs[type];
}

function isMissing(make: () => unknown): boolean {
  try {
    make();
    return false;
  } catch (error) {
    return error instanceof kafkajs.KafkaJSNotImplemented;
  }
}
