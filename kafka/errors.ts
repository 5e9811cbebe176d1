/**
 * Whatever the Kafka client throws becomes one KafkaTrouble: a sentence for an operator, a kind to decide by, and whether
 * the same call may succeed later. The client nests its errors (attempts hold shards hold partitions); all are looked at.
 */
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  protocolErrors,
  protocolErrorsCodesById,
  ResponseError,
  TimeoutError,
} from '@platformatic/kafka';

export type KafkaTroubleKind = 'unreachable' | 'refused' | 'unknown-topic' | 'timeout' | 'other';

/** A call to a cluster failed. `message` is for an operator; `kind`, `retriable` and `code` are for code. */
export class KafkaTrouble extends Error {
  override readonly name = 'KafkaTrouble';
  readonly kind: KafkaTroubleKind;
  /** The same call may succeed later without anybody's doing: connections, elections, loading coordinators, timeouts. */
  readonly retriable: boolean;
  /** Kafka's own name of the error (`TOPIC_AUTHORIZATION_FAILED`), or null when no broker answered with one. */
  readonly code: string | null;
  /** What was seen, without what was tried and what to do; the whole message where nothing shorter is known. No full stop. */
  readonly seen: string;

  constructor(
    message: string,
    o: { kind: KafkaTroubleKind; retriable: boolean; code?: string | null; seen?: string; cause?: unknown },
  ) {
    super(message, o.cause === undefined ? {} : { cause: o.cause });
    this.kind = o.kind;
    this.retriable = o.retriable;
    this.code = o.code ?? null;
    this.seen = o.seen ?? message.replace(/\.$/, '');
  }
}

/**
 * The trouble in `error`, told as `Cannot <what>: …` (`what` such as `read the configs of blue's topics`). A KafkaTrouble
 * passes through unchanged; an abort is never disguised, it is thrown again.
 */
export function kafkaTrouble(what: string, error: unknown): KafkaTrouble {
  if (error instanceof KafkaTrouble) return error;
  if (error instanceof Error && error.name === 'AbortError') throw error;
  const leaves = leafErrors(error);
  const troubles = leaves.map(leaf => ({ leaf, ...judge(leaf) }));
  const worst = troubles.find(t => !t.retriable) ?? troubles[0] ?? { leaf: error, kind: 'other', retriable: false };
  if (worst.leaf instanceof KafkaTrouble) return worst.leaf;
  const code = codeOf(worst.leaf);
  const more = new Set(troubles.map(t => sentenceOf(t.leaf))).size - 1;
  const seen = `${sentenceOf(worst.leaf)}${more > 0 ? ` (and ${more} other errors)` : ''}`;
  return new KafkaTrouble(`Cannot ${what}: ${seen}. ${adviceFor({ ...worst, code })}`, {
    kind: worst.kind,
    retriable: worst.retriable,
    code,
    seen,
    cause: error,
  });
}

/** Kafka's name for an error code in an answer: `NONE`, `MESSAGE_TOO_LARGE`, …; a code newer than the client is `UNKNOWN_<code>`. */
export function errorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `UNKNOWN_${code}`;
}

/** The trouble of an error code inside an answer, such as one partition's or one topic's. */
export function troubleOfCode(what: string, code: number, detail?: string | null): KafkaTrouble {
  const name = errorName(code);
  const kind = kindOfCode(name);
  const retriable = retriableCode(name);
  const said =
    detail === undefined || detail === null || detail === '' ? name : `${name}, ${detail.replace(/\.$/, '')}`;
  return new KafkaTrouble(
    `Cannot ${what}: the broker answered ${said}. ${adviceFor({ kind, retriable, code: name })}`,
    {
      kind,
      retriable,
      code: name,
    },
  );
}

/**
 * Why something could not be seen in this look. A login or a right that is missing is thrown instead: no later look sees more
 * before somebody acts, and brokers leave out of their lists what the user may not see.
 */
export function whyUnseen(what: string, error: unknown): string {
  const trouble = kafkaTrouble(what, error);
  if (isDenied(trouble.code)) throw trouble;
  return trouble.message;
}

/** Kafka's name for an error code of one entry of an answer; a right that is missing is thrown, as `whyUnseen` does. */
export function seenError(what: string, code: number): string {
  const name = errorName(code);
  if (isDenied(name)) throw troubleOfCode(what, code);
  return name;
}

function isDenied(code: string | null): boolean {
  return code !== null && /AUTHORIZATION|AUTHENTICATION/.test(code);
}

/**
 * The whole answer of a low-level call. The client throws as soon as one entry (one partition, one topic, one group) of an
 * answer carries an error and hides the rest; here the answer comes back and the caller reads each entry's error code.
 */
export async function wholeAnswer<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ResponseError && error['response'] !== undefined) return error['response'] as Answer;
    throw error;
  }
}

/** The innermost errors of the last attempt, without repeats of the wrapping ones. */
function leafErrors(error: unknown): unknown[] {
  if (error instanceof ResponseError) return error.errors.length === 0 ? [error] : error.errors;
  if (error instanceof AggregateError) {
    const repeated = error instanceof MultipleErrors && /failed \d+ times/.test(error.message);
    const relevant: unknown[] = repeated ? error.errors.slice(-1) : error.errors;
    return relevant.length === 0 ? [error] : relevant.flatMap(leafErrors);
  }
  if (error instanceof NetworkError && error.cause instanceof AuthenticationError) return [error.cause];
  return [error];
}

function judge(leaf: unknown): { kind: KafkaTroubleKind; retriable: boolean } {
  if (leaf instanceof KafkaTrouble) return { kind: leaf.kind, retriable: leaf.retriable };
  if (leaf instanceof TimeoutError) return { kind: 'timeout', retriable: true };
  if (leaf instanceof AuthenticationError) return { kind: 'refused', retriable: false };
  if (leaf instanceof ProtocolError) {
    const name = String(leaf['apiId']);
    return { kind: kindOfCode(name), retriable: retriableCode(name) };
  }
  if (leaf instanceof NetworkError) return { kind: 'unreachable', retriable: leaf['closed'] !== true };
  if (leaf instanceof Error && leaf.message.startsWith('Unknown topic '))
    return { kind: 'unknown-topic', retriable: true };
  const code = leaf instanceof Error && 'code' in leaf ? String(leaf.code) : '';
  if (/^E(CONN|HOST|NET|PIPE|AI_|TIMEDOUT|NOTFOUND)/.test(code)) return { kind: 'unreachable', retriable: true };
  return { kind: 'other', retriable: false };
}

function kindOfCode(name: string): KafkaTroubleKind {
  if (name === 'UNKNOWN_TOPIC_OR_PARTITION' || name === 'UNKNOWN_TOPIC_ID') return 'unknown-topic';
  if (name === 'REQUEST_TIMED_OUT') return 'timeout';
  if (/AUTHORIZATION|AUTHENTICATION|POLICY_VIOLATION|SECURITY_DISABLED|^INVALID_|UNSUPPORTED/.test(name))
    return 'refused';
  return 'other';
}

function retriableCode(name: string): boolean {
  return protocolErrors[name]?.canRetry ?? false;
}

function sentenceOf(leaf: unknown): string {
  if (leaf instanceof ProtocolError) {
    const detail: unknown = leaf['serverErrorMessage'];
    return `the broker answered ${String(leaf['apiId'])}${typeof detail === 'string' && detail !== '' ? `, ${detail.replace(/\.$/, '')}` : ''}`;
  }
  if (!(leaf instanceof Error)) return String(leaf);
  const cause = leaf.cause instanceof Error && leaf.cause.message !== '' ? `, ${leaf.cause.message}` : '';
  return `${leaf.message.replace(/\.$/, '')}${cause.replace(/\.$/, '')}`;
}

function codeOf(leaf: unknown): string | null {
  if (leaf instanceof KafkaTrouble) return leaf.code;
  if (leaf instanceof AuthenticationError) return LOGIN_FAILED;
  return leaf instanceof ProtocolError ? String(leaf['apiId']) : null;
}

/** Kafka's name for it, whatever the mechanism. */
const LOGIN_FAILED = 'SASL_AUTHENTICATION_FAILED';

function adviceFor(o: { kind: KafkaTroubleKind; retriable: boolean; code: string | null }): string {
  if (isDenied(o.code) && o.code !== LOGIN_FAILED)
    return "Give the worker's user this right (kafka-acls.sh), then try again.";
  const [whenRetriable, otherwise] = advice[o.kind];
  return o.retriable ? whenRetriable : otherwise;
}

const advice: Readonly<Record<KafkaTroubleKind, readonly [whenRetriable: string, otherwise: string]>> = {
  unreachable: [
    'It is tried again; see whether the broker runs and its security group lets the worker in.',
    'The connection was closed for good; start the call over.',
  ],
  timeout: ['It is tried again; see whether the broker is overloaded.', 'See whether the broker is overloaded.'],
  refused: [
    "Check the worker's credentials and its rights on this cluster, and the values that were sent.",
    "Check the worker's credentials and its rights on this cluster, and the values that were sent.",
  ],
  'unknown-topic': ['It is tried again; check that the topic still exists.', 'Check that the topic still exists.'],
  other: ['It is tried again.', "See the broker's log for the reason."],
};
