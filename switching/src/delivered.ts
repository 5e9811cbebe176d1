/**
 * How far handlers were given records on one cluster. A commit or a seek beyond that, made after a switch, is an offset of the
 * other cluster, from work that ended late: it would skip what nobody read.
 */
import type { TopicPartitionOffset } from 'kafkajs';

/** The offset does not belong to this cluster. */
export class NotReadHere extends Error {
  override readonly name = 'NotReadHere';
  readonly retriable = false;

  constructor(what: string, { topic, partition, offset }: TopicPartitionOffset, clusterId: string) {
    super(
      `${what} was refused: ${topic}, partition ${partition}, was not read as far as offset ${offset} on cluster ${clusterId}; an offset from before the switch means nothing here`,
    );
  }
}

export class Delivered {
  readonly #highest = new Map<string, Map<number, string>>();

  /** A handler is given records up to this offset. */
  saw(topic: string, partition: number, offset: string): void {
    const ofTopic = this.#highest.get(topic) ?? new Map<number, string>();
    this.#highest.set(topic, ofTopic);
    const known = ofTopic.get(partition);
    if (known === undefined || isHigher(offset, known)) ofTopic.set(partition, offset);
  }

  /** Whether to read on from this offset leaves out nothing. */
  covers(topic: string, partition: number, offset: string): boolean {
    const known = this.#highest.get(topic)?.get(partition);
    return known !== undefined && BigInt(offset) <= BigInt(known) + 1n;
  }
}

/** Of decimal digits without sign: this is asked for every record. */
function isHigher(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
