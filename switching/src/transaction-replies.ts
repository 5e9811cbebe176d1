/** What a coordinator's error code says of the request; the codes are Kafka's. Pure. */
import errors from 'kafkajs/src/protocol/error.js';

export type Reply =
  | { readonly kind: 'done' }
  /** Nothing was done, and the same will be possible later. `code` tells why. */
  | { readonly kind: 'later'; readonly code: number }
  /** It did not leave this process. */
  | { readonly kind: 'not-sent' }
  /** It may have been done: no answer, or one from a broker that could not bring it to an end. */
  | { readonly kind: 'unanswered' }
  /** Nothing was done: of this epoch no transaction is in a state that allows it. */
  | { readonly kind: 'wrong-state' }
  /** Nothing was done: the coordinator serves another epoch, or another producer id, under this transactional id. */
  | { readonly kind: 'fenced' }
  | { readonly kind: 'refused'; readonly error: Error };

/** A topic that a broker does not know may be new. */
export const UNKNOWN_TOPIC = 3;

const LOADING = 14;
const INVALID_PRODUCER_EPOCH = 47;
const INVALID_TXN_STATE = 48;
const INVALID_PRODUCER_ID_MAPPING = 49;
const CONCURRENT_TRANSACTIONS = 51;
const PRODUCER_FENCED = 90;

const later = new Set([UNKNOWN_TOPIC, LOADING, CONCURRENT_TRANSACTIONS]);
const fenced = new Set([INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED]);
/**
 * Unknown server error, timed out, network, coordinator not available, not the coordinator, too few replicas (two), coordinator
 * of another epoch, storage: all of them may come after the request was written down.
 */
const unclear = new Set([-1, 7, 13, 15, 16, 19, 20, 52, 56]);

export function replyOf(code: number): Reply {
  if (code === 0) return { kind: 'done' };
  if (later.has(code)) return { kind: 'later', code };
  if (unclear.has(code)) return { kind: 'unanswered' };
  if (code === INVALID_TXN_STATE) return { kind: 'wrong-state' };
  if (fenced.has(code)) return { kind: 'fenced' };
  return { kind: 'refused', error: errors.createErrorFromCode(code) };
}
