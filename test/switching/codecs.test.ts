import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import kafkajs, { CompressionTypes } from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { registerCodecs } from '../../switching/src/codecs.ts';
import { compressLz4, decompressLz4 } from '../../switching/src/lz4-codec.ts';
import { compressSnappy, decompressSnappy } from '../../switching/src/snappy-codec.ts';
import { compressZstd, decompressZstd } from '../../switching/src/zstd-codec.ts';

const RUNS = 1_000;
/** Some that compress well, some that do not, some that repeat themselves from far away. */
const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 400 }), fc.uint8Array({ maxLength: 2_000 }))
  .map(([part, times, rest]) => Buffer.concat([...Array.from({ length: times }, () => part), rest]));
const megabytes = Buffer.concat(
  Array.from({ length: 60_000 }, (_, at) => Buffer.from(`record ${at} of ${at * 7_919}; `.repeat(2))),
);

/** As kafkajs has it before anybody registers a codec. */
const missing = kafkajs.CompressionCodecs[CompressionTypes.Snappy];
const none = () => ({ 2: missing, 3: missing, 4: missing });

describe('the codecs', () => {
  for (const [name, there, back] of [
    ['snappy', compressSnappy, decompressSnappy],
    ['LZ4', compressLz4, decompressLz4],
    ['zstd', compressZstd, decompressZstd],
  ] as const) {
    it(`give back what ${name} took`, async () => {
      await fc.assert(
        fc.asyncProperty(bytes, async plain => {
          assert.ok((await back(await there(plain))).equals(plain));
        }),
        { numRuns: name === 'zstd' ? RUNS / 4 : RUNS },
      );
    });

    it(`give back several megabytes of ${name}, smaller on the way`, async () => {
      const compressed = await there(megabytes);
      assert.ok(compressed.length < megabytes.length / 2, `${compressed.length} of ${megabytes.length}`);
      assert.ok((await back(compressed)).equals(megabytes));
    });

    if (name !== 'zstd')
      it(`refuse ${name} that was cut off, in an error and no other bytes`, async () => {
        const compressed = there(megabytes.subarray(0, 200_000));
        await assert.rejects(async () => back(compressed.subarray(0, compressed.length - 5)));
      });
  }

  it('read snappy without framing, and two framed streams behind each other', () => {
    const plain = megabytes.subarray(0, 100_000);
    assert.ok(decompressSnappy(snappy.compress(Buffer.from(plain))).equals(plain));
    const twice = Buffer.concat([compressSnappy(plain), compressSnappy(plain)]);
    assert.ok(decompressSnappy(twice).equals(Buffer.concat([plain, plain])));
  });

  it('read LZ4 frames with check sums, a content size and blocks of 4 MiB that refer to each other', () => {
    const block = Buffer.alloc(200_000);
    const length = lz4.compressBlock(megabytes, block, 0, 100_000, new Uint32Array(65_536));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(length);
    const contentSize = Buffer.alloc(8);
    contentSize.writeBigUInt64LE(100_000n);
    const frame = Buffer.concat([
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x5c, 0x70]),
      contentSize,
      Buffer.from([0]),
      size,
      block.subarray(0, length),
      Buffer.alloc(4),
      Buffer.alloc(4),
      Buffer.alloc(4),
    ]);
    assert.ok(decompressLz4(frame).equals(megabytes.subarray(0, 100_000)));
    assert.throws(() => decompressLz4(Buffer.from('no frame at all')), /no LZ4 frame/);
  });

  it('read zstd on a Node without it, and say there why they cannot write it', async () => {
    const compressed = zlib.zstdCompressSync(megabytes);
    assert.ok((await decompressZstd(compressed, null)).equals(megabytes));
    await assert.rejects(compressZstd(megabytes, null), {
      name: 'KafkaJSNotImplemented',
      message: /cannot write zstd: take Node 22.15 or newer/,
    });
  });

  it('take only the places that kafkajs left empty', () => {
    const own = { compress: async () => Buffer.alloc(0), decompress: async () => Buffer.alloc(0) };
    const registry: Record<2 | 3 | 4, () => unknown> = { ...none(), [CompressionTypes.LZ4]: () => own };
    registerCodecs(registry);
    assert.equal(registry[CompressionTypes.LZ4](), own);
    const [snappyCodec, zstdCodec] = [registry[CompressionTypes.Snappy](), registry[CompressionTypes.ZSTD]()];
    assert.ok(snappyCodec && zstdCodec);
    registerCodecs(registry);
    assert.equal(registry[CompressionTypes.Snappy](), snappyCodec);
  });
});
