/**
 * Which partition a record goes to, as kafkajs's DefaultPartitioner and Java's decide it: the one it names, else by the hash of
 * its key (murmur2), else every partition that has a leader in turn. 32-bit arithmetic only, as it runs for every record.
 */
import type { ICustomPartitioner } from 'kafkajs';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;
const POSITIVE = 0x7fffffff;
const RANDOM_STARTS = 2 ** 31;

export const createPartitioner: ICustomPartitioner = () => {
  const turns = new Map<string, number>();
  return ({ topic, partitionMetadata, message: { key, partition } }) => {
    if (partition !== undefined && partition !== null) return partition;
    const count = partitionMetadata.length;
    if (key !== undefined && key !== null) return (murmur2(key) & POSITIVE) % count;
    const turn = turns.get(topic) ?? Math.floor(Math.random() * RANDOM_STARTS);
    for (let step = 1; step <= count; step += 1) {
      const next = (turn + step) % count;
      const found = partitionMetadata[next];
      if (found === undefined || found.leader < 0) continue;
      turns.set(topic, next);
      return found.partitionId;
    }
    return turn % count;
  };
};

/** Of a text's UTF-8, or of bytes, as a signed 32-bit number. */
export function murmur2(key: Uint8Array | string): number {
  const data = typeof key === 'string' ? Buffer.from(key) : key;
  const length = data.length;
  const wholeWords = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const rest = length - wholeWords;
  if (rest === 3) hash ^= byte(data, wholeWords + 2) << 16;
  if (rest >= 2) hash ^= byte(data, wholeWords + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(data, wholeWords), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

function byte(data: Uint8Array, at: number): number {
  return data[at] as number;
}
