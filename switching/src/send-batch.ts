/** The way of every `send`, within a transaction and without, up to the buffer. */
import kafkajs, { CompressionTypes, type RecordMetadata, type TopicMessages } from 'kafkajs';
import type { OpenSends } from './open-sends.ts';
import { collectReceipts, type Door } from './receipts.ts';
import { refuseUnsendable } from './sendable.ts';

/** What of kafkajs's ProducerBatch is heeded. */
export interface Outgoing {
  readonly topicMessages?: readonly TopicMessages[];
  readonly acks?: number | undefined;
  readonly compression?: CompressionTypes | undefined;
}

export interface SendOptions {
  /** Undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly openSends: OpenSends;
  /** Told how many records are sent, and of their end. */
  readonly follow: (records: number, sent: Promise<RecordMetadata[]>) => void;
}

/** Throws, and sends nothing, where what was given cannot be sent. */
export function sendBatch(
  { topicMessages = [], acks = -1, compression = CompressionTypes.None }: Outgoing,
  door: Door,
  { timeoutMs, openSends, follow }: SendOptions,
): Promise<RecordMetadata[]> {
  if (acks !== -1) {
    const message = `acks is ${acks}: this producer only writes with acks -1; leave it out.`;
    throw new kafkajs.KafkaJSNonRetriableError(message);
  }
  refuseUnsendable(topicMessages);
  const sent = collectReceipts(topicMessages, door, { compression, timeoutMs, openSends });
  let records = 0;
  for (const { messages } of topicMessages) records += messages.length;
  follow(records, sent);
  return sent;
}
