/**
 * What stands before the buffer: gives every record its partition, in the order of the calls per topic, and lets it in when
 * there is room. Until then the caller's promise waits.
 */
import type { ICustomPartitioner, Message } from 'kafkajs';
import { asError, TopicNotUsable, UnknownTopic } from './errors.ts';
import type { Payload, Sender } from './sender.ts';
import { pauseMs, waitMs } from './timing.ts';

const RECORD_OVERHEAD_BYTES = 70;
const UNKNOWN_TOPIC_ATTEMPTS = 8;

export interface Arrival {
  readonly message: Message;
  readonly compression: number;
  /** Asked once the record's partition is decided. */
  readonly stored: (partition: number) => Payload['stored'];
  readonly failed: Payload['failed'];
}

export class Intake {
  readonly #sender: Sender;
  readonly #maxBufferBytes: number;
  readonly #partition: ReturnType<ICustomPartitioner>;
  readonly #waiting = new Map<string, Arrival[]>();
  readonly #learning = new Set<string>();
  readonly #closing = new AbortController();

  constructor(sender: Sender, maxBufferBytes: number, createPartitioner: ICustomPartitioner) {
    this.#sender = sender;
    this.#maxBufferBytes = maxBufferBytes;
    this.#partition = createPartitioner();
  }

  arrive(topic: string, arrivals: readonly Arrival[]): void {
    const waiting = this.#waiting.get(topic) ?? [];
    for (const arrival of arrivals) waiting.push(arrival);
    this.#waiting.set(topic, waiting);
    this.#admit(topic);
  }

  /** There may be room again. */
  admitAll(): void {
    for (const topic of this.#waiting.keys()) this.#admit(topic);
  }

  /** Fails what waits. */
  close(): void {
    this.#closing.abort();
    const error = new Error('The producer was disconnected before the record was sent.');
    for (const topic of this.#waiting.keys()) this.#refuse(topic, error);
  }

  #admit(topic: string): void {
    const waiting = this.#waiting.get(topic);
    if (waiting === undefined) return;
    const partitions = this.#sender.lane?.knownPartitions(topic);
    if (partitions === undefined) {
      void this.#learn(topic);
      return;
    }
    const partitionMetadata = [...partitions];
    let admitted = 0;
    for (const arrival of waiting) {
      const bytes = sizeOf(arrival.message);
      if (this.#sender.bytes > 0 && this.#sender.bytes + bytes > this.#maxBufferBytes) break;
      admitted += 1;
      try {
        const partition = this.#partition({ topic, partitionMetadata, message: arrival.message });
        if (partitions[partition] === undefined) {
          throw new RangeError(
            `Topic ${topic} has ${partitions.length} partitions; there is no partition ${partition}.`,
          );
        }
        const { message, compression } = arrival;
        const payload = { record: recordOf(message), stored: arrival.stored(partition), failed: arrival.failed };
        this.#sender.add(topic, partition, { payload, bytes, compression });
      } catch (error) {
        arrival.failed(asError(error));
      }
    }
    waiting.splice(0, admitted);
    if (waiting.length === 0) this.#waiting.delete(topic);
  }

  /** Asks for the topic's partitions until they are known; a topic that stays unknown is the caller's error. */
  async #learn(topic: string): Promise<void> {
    if (this.#learning.has(topic)) return;
    this.#learning.add(topic);
    let unknown = 0;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        if (this.#sender.lane !== null) {
          await this.#sender.lane.partitions(topic);
          break;
        }
      } catch (error) {
        unknown += error instanceof UnknownTopic ? 1 : 0;
        if (error instanceof TopicNotUsable || unknown === UNKNOWN_TOPIC_ATTEMPTS) {
          this.#refuse(topic, asError(error));
          break;
        }
      }
      await waitMs(pauseMs(attempt), this.#closing.signal);
    }
    this.#learning.delete(topic);
    if (!this.#closing.signal.aborted) this.#admit(topic);
  }

  #refuse(topic: string, error: Error): void {
    const waiting = this.#waiting.get(topic) ?? [];
    this.#waiting.delete(topic);
    for (const arrival of waiting) arrival.failed(error);
  }
}

function recordOf({ key, value, timestamp, headers }: Message): Payload['record'] {
  return {
    key: key ?? null,
    value: value ?? null,
    timestamp: timestamp === undefined ? Date.now() : Number(timestamp),
    headers: headers ?? {},
  };
}

function sizeOf({ key, value, headers }: Message): number {
  const own = lengthOf(key) + lengthOf(value);
  const named = Object.entries(headers ?? {}).reduce(
    (sum, [name, values]) => sum + [values].flat().reduce((of, one) => of + name.length * 4 + lengthOf(one), 0),
    0,
  );
  return RECORD_OVERHEAD_BYTES + own + named;
}

function lengthOf(part: Buffer | string | null | undefined): number {
  return part === undefined || part === null ? 0 : Buffer.byteLength(part);
}
