/** The shapes of what the codecs take from packages that publish no types. */
declare module 'snappyjs' {
  const snappy: {
    compress(plain: Buffer): Buffer;
    uncompress(compressed: Buffer): Buffer;
  };
  export default snappy;
}

declare module 'lz4js' {
  const lz4: {
    /** How many bytes it wrote to `into`; 0 where there was nothing to gain. */
    compressBlock(from: Uint8Array, into: Uint8Array, at: number, length: number, hashTable: Uint32Array): number;
    /** Where in `into` it stopped. Checks nothing. */
    decompressBlock(from: Uint8Array, into: Uint8Array, at: number, length: number, intoAt: number): number;
  };
  export default lz4;
}
