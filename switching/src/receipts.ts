/** Gathers what became of the records of one `send` into kafkajs's answer: per topic and partition, where its first record is. */
import type { CompressionTypes, RecordMetadata, TopicMessages } from 'kafkajs';
import { type Arrived, type Intake, isOpen } from './intake.ts';
import type { OpenSends, Round } from './open-sends.ts';
import type { StoredBatch } from './produce-request.ts';
import { SendTimeout } from './send-timeout.ts';
import type { Asker } from './sender.ts';

/** Numbers of fewer digits are exact. */
const SAFE_DIGITS = 16;

export interface ReceiptOptions {
  readonly compression: CompressionTypes;
  /** Undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly openSends: OpenSends;
}

/** Where records go in. */
export type Door = Pick<Intake, 'arrive' | 'withdraw'>;

/**
 * Resolves when every record is stored; rejects with the first error when every one is stored or failed, and with SendTimeout
 * when that takes too long.
 */
export function collectReceipts(
  topicMessages: readonly TopicMessages[],
  door: Door,
  options: ReceiptOptions,
): Promise<RecordMetadata[]> {
  return new Promise((resolve, reject) => new Receipts(door, resolve, reject).collect(topicMessages, options));
}

/** Of one `send`. There is one for every record of most applications: so it is small, and most of it is made when it is needed. */
class Receipts implements Asker {
  readonly #door: Door;
  readonly #resolve: (receipts: RecordMetadata[]) => void;
  readonly #reject: (error: Error) => void;
  #receipts: RecordMetadata[] | null = null;
  #places: Set<string> | null = null;
  /** Null before it waits for anything, and after its answer. */
  #round: Round | null = null;
  #total = 0;
  #ended = 0;
  #failed = 0;
  #failure: Error | null = null;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(door: Door, resolve: (receipts: RecordMetadata[]) => void, reject: (error: Error) => void) {
    this.#door = door;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  collect(topicMessages: readonly TopicMessages[], { compression, timeoutMs, openSends }: ReceiptOptions): void {
    for (const { messages } of topicMessages) this.#total += messages.length;
    if (this.#total === 0) return this.#resolve([]);
    const arrived: (readonly Arrived[])[] = [];
    for (const { topic, messages } of topicMessages) {
      const taken = this.#door.arrive(topic, messages, compression, this);
      if (timeoutMs !== undefined) arrived.push(taken);
    }
    if (this.#ended === this.#total) return;
    this.#round = openSends.round;
    this.#round.begin();
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => this.#timeOut(timeoutMs, arrived.flat().filter(isOpen)), timeoutMs);
  }

  stored(topic: string, partition: number, batch: StoredBatch, position: number): void {
    this.#receipts ??= [];
    if (this.#isFirst(topic, partition)) this.#receipts.push(receiptOf(topic, partition, batch, position));
    this.#end();
  }

  #isFirst(topic: string, partition: number): boolean {
    if (this.#total === 1) return true;
    this.#places ??= new Set();
    const known = this.#places.size;
    return this.#places.add(`${topic} ${partition}`).size > known;
  }

  failed(error: Error): void {
    this.#failure ??= error;
    this.#failed += 1;
    this.#end();
  }

  #end(): void {
    this.#ended += 1;
    if (this.#ended < this.#total) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#failure === null) this.#resolve(this.#receipts ?? []);
    else this.#reject(this.#failure);
    this.#leaveRound();
  }

  #leaveRound(): void {
    this.#round?.end();
    this.#round = null;
  }

  /** Withdraws what is open. */
  #timeOut(timeoutMs: number, open: readonly Arrived[]): void {
    const withdrawn = open.map(one => this.#door.withdraw(one));
    const atRisk = withdrawn.filter(({ mayBeStored }) => mayBeStored);
    const [told] = [...atRisk, ...withdrawn];
    if (told === undefined) throw new Error('A send that has an answer to every record cannot take too long.');
    const stored = this.#ended - this.#failed;
    const notStored = this.#failed + withdrawn.length - atRisk.length;
    this.#reject(new SendTimeout(timeoutMs, told.state, { stored, notStored, mayBeStored: atRisk.length }));
    this.#leaveRound();
  }
}

function receiptOf(topicName: string, partition: number, stored: StoredBatch, position: number): RecordMetadata {
  const { logAppendTime, logStartOffset } = stored;
  const baseOffset = offsetOf(stored, position);
  if (logAppendTime !== undefined && logStartOffset !== undefined) {
    return { topicName, partition, errorCode: 0, baseOffset, logAppendTime, logStartOffset };
  }
  return {
    topicName,
    partition,
    errorCode: 0,
    baseOffset,
    ...(logAppendTime === undefined ? {} : { logAppendTime }),
    ...(logStartOffset === undefined ? {} : { logStartOffset }),
  };
}

function offsetOf({ baseOffset }: StoredBatch, position: number): string {
  if (baseOffset === '-1' || position === 0) return baseOffset;
  if (baseOffset.length < SAFE_DIGITS) return String(Number(baseOffset) + position);
  return String(BigInt(baseOffset) + BigInt(position));
}
