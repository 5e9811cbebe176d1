/**
 * Which partition of `__consumer_offsets` or `__transaction_state` a group or transactional id belongs to, and an id of our own
 * for each partition. Asked about such an id (which exists nowhere) a broker must say whether it coordinates that partition now.
 */

/** Kafka's rule: the Java hash of the id, without its sign, modulo the number of partitions. */
export function partitionOfKey(key: string, partitions: number): number {
  const hash = javaHash(key);
  return (hash === INT_MIN ? 0 : Math.abs(hash)) % partitions;
}

/** One id for each partition, in order of partition. */
export function keyForEachPartition(partitions: number): string[] {
  const keys = new Map<number, string>();
  for (let i = 0; keys.size < partitions; i += 1) {
    const key = `_bluegreen-nobody-${i}`;
    const partition = partitionOfKey(key, partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition) ?? '');
}

const INT_MIN = -2_147_483_648;

/** `java.lang.String.hashCode`: over UTF-16 units, in 32 bits. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
