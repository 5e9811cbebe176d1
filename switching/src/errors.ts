/** What a produce's error proves about the batch; the names are Kafka's, as kafkajs tells them in `type`. */
import kafkajs from 'kafkajs';

const UNKNOWN_TOPIC = 3;
const INVALID_TOPIC = 17;
const TOPIC_AUTHORIZATION_FAILED = 29;

/**
 * Answers that a leader gives before it appends, so that this attempt stored nothing. NOT_LEADER is not among them: a leader
 * that loses its office while it waits for its replicas answers so after appending.
 */
const beforeAppending = new Set([
  'CORRUPT_MESSAGE',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'NOT_ENOUGH_REPLICAS',
  'INVALID_REQUIRED_ACKS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'POLICY_VIOLATION',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);
const passing = new Set(['CORRUPT_MESSAGE', 'NOT_ENOUGH_REPLICAS']);
/** What one record of a batch can be guilty of alone. */
const oneRecordsFault = new Set(['INVALID_TIMESTAMP', 'INVALID_RECORD']);
const identitySpent = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
]);

export type Evidence =
  /** The broker says that it had the batch before. */
  | { readonly kind: 'stored' }
  /** This attempt stored nothing; the same batch may be accepted later. */
  | { readonly kind: 'refused-for-now' }
  | { readonly kind: 'too-large' }
  /** This attempt stored nothing, and the producer id is of no more use on this partition. */
  | { readonly kind: 'identity-spent' }
  /** This attempt stored nothing, and sending it again will not help. */
  | { readonly kind: 'refused' }
  /** This attempt stored nothing because of some record of the batch; the others may do. */
  | { readonly kind: 'spoiled' }
  | { readonly kind: 'unknown' };

/** What is known after a produce request failed that may have left this process. */
export function evidenceOf(error: unknown): Evidence {
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  if (type === 'DUPLICATE_SEQUENCE_NUMBER') return { kind: 'stored' };
  if (type === '' && cannotBeEncoded(error)) return { kind: 'refused' };
  if (!beforeAppending.has(type)) return { kind: 'unknown' };
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return { kind: 'too-large' };
  if (passing.has(type)) return { kind: 'refused-for-now' };
  if (oneRecordsFault.has(type)) return { kind: 'spoiled' };
  return { kind: identitySpent.has(type) ? 'identity-spent' : 'refused' };
}

/** The error of a topic that a metadata answer refuses. */
export function topicError(code: number, topic: string): Error {
  if (code === TOPIC_AUTHORIZATION_FAILED) {
    return new TopicNotUsable(`This client may not describe topic ${topic}: allow it, or correct the name.`);
  }
  if (code === INVALID_TOPIC) return new TopicNotUsable(`"${topic}" is no legal topic name: correct it.`);
  if (code === UNKNOWN_TOPIC) return new UnknownTopic(topic);
  return new Error(`The metadata of topic ${topic} was refused with Kafka's error ${code}.`);
}

/** Asking again will not help. */
export class TopicNotUsable extends Error {
  override readonly name = 'TopicNotUsable';
}

/** It may appear: metadata of a new topic reaches brokers one after the other. kafkajs's own error class, type and code. */
export class UnknownTopic extends kafkajs.KafkaJSProtocolError {
  constructor(topic: string) {
    const message = `Topic ${topic} does not exist on the cluster: create it first, or correct the name.`;
    super(
      Object.assign(new Error(message), { type: 'UNKNOWN_TOPIC_OR_PARTITION', code: UNKNOWN_TOPIC, retriable: true }),
    );
  }
}

/** The topic of records in the buffer was deleted, or is hidden from this client. */
export class TopicGone extends Error {
  override readonly name = 'TopicGone';

  constructor(cause: Error, records: number, mayBeStored: boolean) {
    super(`${cause.message} ${records} records that were in the buffer ${fateOf(mayBeStored)}.`, { cause });
  }
}

/** What callers are told whose records `disconnect` gave up. */
export function notDelivered(records: number, mayBeStored: boolean): Error {
  const fate = fateOf(mayBeStored);
  return new Error(`The producer was disconnected before the cluster took ${records} records; they ${fate}.`);
}

function fateOf(mayBeStored: boolean): string {
  return mayBeStored ? 'may or may not have been stored' : 'were not stored';
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** A compression without codec fails while the request is made. */
function cannotBeEncoded(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSNotImplemented';
}
