/** Zstandard by Node itself where it can (22.15 and 23.8 on); older ones read it with fzstd, and cannot write it. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { decompress } from 'fzstd';
import kafkajs from 'kafkajs';

type Transform = (bytes: Buffer) => Promise<Buffer>;

interface ZstdOfNode {
  readonly compress: Transform;
  readonly decompress: Transform;
}

/** By its name no record was stored, as with any compression that kafkajs has no codec for. */
class ZstdNotWritable extends kafkajs.KafkaJSNonRetriableError {
  override readonly name = 'KafkaJSNotImplemented';

  constructor() {
    super(
      `Node ${process.versions.node} cannot write zstd: take Node 22.15 or newer, another compression, or register a codec of your own in kafkajs's CompressionCodecs`,
    );
  }
}

/** Null on a Node without. */
const ofNode: ZstdOfNode | null =
  typeof zlib.zstdCompress === 'function'
    ? {
        compress: promisify<Buffer, Buffer>(zlib.zstdCompress),
        decompress: promisify<Buffer, Buffer>(zlib.zstdDecompress),
      }
    : null;

export async function compressZstd(plain: Buffer, node: ZstdOfNode | null = ofNode): Promise<Buffer> {
  if (node !== null) return node.compress(plain);
  throw new ZstdNotWritable();
}

export async function decompressZstd(compressed: Buffer, node: ZstdOfNode | null = ofNode): Promise<Buffer> {
  if (node !== null) return node.decompress(compressed);
  const { buffer, byteOffset, byteLength } = decompress(compressed);
  return Buffer.from(buffer, byteOffset, byteLength);
}
