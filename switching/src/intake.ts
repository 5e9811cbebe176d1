/**
 * What stands before the buffer: gives every record its partition, in the order of the calls per topic, and lets it in when
 * there is room. Until then the caller's promise waits. Topics take turns by bytes, so that none keeps the others out; a topic
 * whose partitions are not known yet takes none. What a record costs does not grow with what waits.
 */
import type { ICustomPartitioner, Message } from 'kafkajs';
import type { Held } from './accumulator.ts';
import { asError, TopicNotUsable, UnknownTopic } from './errors.ts';
import { type Linked, LinkedQueue } from './linked-queue.ts';
import type { SendState } from './send-timeout.ts';
import type { Asker, Payload, Sender, SendingLane } from './sender.ts';
import { pauseMs, waitMs } from './timing.ts';
import type { WirePartition } from './wire.ts';

const RECORD_OVERHEAD_BYTES = 70;
const UNKNOWN_TOPIC_ATTEMPTS = 8;
/** What a topic may let in before it is another's turn. */
const TURN_BYTES = 16 * 1_024;
const NO_HEADERS: Payload['headers'] = {};

/** A record on its way into the buffer. */
export interface Arrived extends Linked<Arrived> {
  readonly message: Message;
  /** kafkajs's compression type. */
  readonly compression: number;
  readonly asker: Asker;
  readonly bytes: number;
  readonly topic: WaitingTopic;
  /** Null until it is let in. */
  held: Held<Payload> | null;
  /** It failed without being let in. */
  refused: boolean;
}

/** Whether it is neither stored nor failed. */
export function isOpen({ held, refused }: Arrived): boolean {
  return !refused && held?.ended !== true;
}

interface WaitingTopic extends Linked<WaitingTopic> {
  readonly name: string;
  readonly arrivals: LinkedQueue<Arrived>;
  /** `in-line` waits for room and its turn, `learning` for its partitions. */
  state: 'idle' | 'in-line' | 'learning';
  bytesThisTurn: number;
  /** kafkajs's partitioners take an array that they might change: one copy for each answer of the cluster. */
  partitions: { readonly told: readonly WirePartition[]; readonly copy: WirePartition[] } | null;
}

/** The buffer behind it, and where that leads to. */
export type Buffering = Pick<Sender, 'bytes' | 'holding' | 'add' | 'withdraw'> & {
  readonly lane: Pick<SendingLane, 'clusterId' | 'partitions' | 'knownPartitions'> | null;
};

export class Intake {
  readonly #sender: Buffering;
  readonly #maxBufferBytes: number;
  readonly #partition: ReturnType<ICustomPartitioner>;
  readonly #topics = new Map<string, WaitingTopic>();
  readonly #line = new LinkedQueue<WaitingTopic>();
  readonly #closing = new AbortController();

  constructor(sender: Buffering, maxBufferBytes: number, createPartitioner: ICustomPartitioner) {
    this.#sender = sender;
    this.#maxBufferBytes = maxBufferBytes;
    this.#partition = createPartitioner();
  }

  /** Throws, and takes none of them, where one is no message. */
  arrive(name: string, messages: readonly Message[], compression: number, asker: Asker): readonly Arrived[] {
    const topic = this.#topic(name);
    const arrived = messages.map(message => {
      const bytes = sizeOf(message);
      return { message, compression, asker, bytes, topic, held: null, refused: false, previous: null, next: null };
    });
    for (const one of arrived) topic.arrivals.push(one);
    if (topic.state === 'idle') this.#queueUp(topic);
    this.admit();
    return arrived;
  }

  /** Lets in what there is room for. */
  admit(): void {
    for (let topic = this.#line.first; topic !== null; topic = this.#line.first) {
      const turn = this.#takeTurn(topic);
      if (turn === 'no room') return;
      this.#line.remove(topic);
      topic.state = 'idle';
      topic.bytesThisTurn = 0;
      if (turn === 'partitions unknown') void this.#learn(topic);
      else this.#queueUp(topic);
    }
  }

  /** Nobody waits for this record any more. Unless it may be stored already it is not sent any more. */
  withdraw(arrived: Arrived): { readonly state: SendState; readonly mayBeStored: boolean } {
    if (arrived.held !== null) {
      const { waiting, mayBeStored } = this.#sender.withdraw(arrived.held);
      this.admit();
      return { state: waiting, mayBeStored };
    }
    arrived.topic.arrivals.remove(arrived);
    return { state: this.#stateOf(arrived.topic), mayBeStored: false };
  }

  /** Fails what waits. */
  close(error = new Error('The producer was disconnected before the record was sent; it was not stored.')): void {
    this.#closing.abort();
    for (const topic of this.#topics.values()) refuse(topic, error);
  }

  #topic(name: string): WaitingTopic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const state = { state: 'idle', bytesThisTurn: 0, partitions: null, previous: null, next: null } as const;
    const topic: WaitingTopic = { name, arrivals: new LinkedQueue(), ...state };
    this.#topics.set(name, topic);
    return topic;
  }

  #queueUp(topic: WaitingTopic): void {
    if (topic.arrivals.first === null) return;
    topic.state = 'in-line';
    this.#line.push(topic);
  }

  #takeTurn(topic: WaitingTopic): 'no room' | 'over' | 'partitions unknown' {
    const told = this.#sender.lane?.knownPartitions(topic.name);
    if (told === undefined) return 'partitions unknown';
    if (topic.partitions?.told !== told) topic.partitions = { told, copy: [...told] };
    for (let next = topic.arrivals.first; next !== null; next = topic.arrivals.first) {
      if (topic.bytesThisTurn >= TURN_BYTES) return 'over';
      if (this.#sender.bytes > 0 && this.#sender.bytes + next.bytes > this.#maxBufferBytes) return 'no room';
      topic.bytesThisTurn += next.bytes;
      topic.arrivals.remove(next);
      this.#letIn(next, topic.partitions.copy);
    }
    return 'over';
  }

  #letIn(arrived: Arrived, partitionMetadata: WirePartition[]): void {
    const { message, compression, asker, bytes, topic } = arrived;
    try {
      const partition = this.#partition({ topic: topic.name, partitionMetadata, message });
      if (partitionMetadata[partition] === undefined) {
        throw new RangeError(
          `Topic ${topic.name} has ${partitionMetadata.length} partitions; there is no partition ${partition}.`,
        );
      }
      arrived.held = this.#sender.add(topic.name, partition, {
        payload: payloadOf(message, asker),
        bytes,
        compression,
      });
    } catch (error) {
      arrived.refused = true;
      asker.failed(asError(error));
    }
  }

  /** Asks for the topic's partitions until they are known; a topic that stays unknown is the caller's error. */
  async #learn(topic: WaitingTopic): Promise<void> {
    topic.state = 'learning';
    let unknown = 0;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        if (this.#sender.lane !== null) {
          await this.#sender.lane.partitions(topic.name);
          break;
        }
      } catch (error) {
        unknown += error instanceof UnknownTopic ? 1 : 0;
        if (error instanceof TopicNotUsable || unknown === UNKNOWN_TOPIC_ATTEMPTS) {
          refuse(topic, asError(error));
          break;
        }
      }
      // Without a cluster there is nobody to spare: as soon as there is one, what waits is to go on.
      await waitMs(pauseMs(this.#sender.lane === null ? 1 : attempt), this.#closing.signal);
    }
    topic.state = 'idle';
    if (this.#closing.signal.aborted) return;
    this.#queueUp(topic);
    this.admit();
  }

  #stateOf({ name: topic, state }: WaitingTopic): SendState {
    const { lane, holding } = this.#sender;
    if (state === 'in-line') return { kind: 'buffer-full', bytes: this.#sender.bytes, maxBytes: this.#maxBufferBytes };
    if (lane !== null) return { kind: 'topic-unknown', topic, cluster: lane.clusterId };
    return holding === null ? { kind: 'no-cluster' } : { kind: 'held', epoch: holding.epoch };
  }
}

function refuse({ arrivals }: WaitingTopic, error: Error): void {
  for (let next = arrivals.first; next !== null; next = arrivals.first) {
    arrivals.remove(next);
    next.refused = true;
    next.asker.failed(error);
  }
}

function payloadOf({ key, value, timestamp, headers }: Message, asker: Asker): Payload {
  return {
    key: key ?? null,
    value: value ?? null,
    timestamp: timestamp === undefined ? Date.now() : Number(timestamp),
    headers: headers ?? NO_HEADERS,
    asker,
  };
}

function sizeOf({ key, value, headers }: Message): number {
  let bytes = RECORD_OVERHEAD_BYTES + lengthOf(key) + lengthOf(value);
  if (headers === undefined) return bytes;
  for (const [name, values] of Object.entries(headers)) {
    for (const one of [values].flat()) bytes += name.length * 4 + lengthOf(one);
  }
  return bytes;
}

function lengthOf(part: Buffer | string | null | undefined): number {
  if (part === undefined || part === null) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
}
