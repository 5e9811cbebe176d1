/**
 * What an operator hears when AWS says no. An `AwsRefused` is final: what AWS holds is not what the step may act on, and
 * trying again changes nothing. Everything else is judged by the SDK's error names and HTTP status (AWS SDK retry rules).
 */
export type AwsRefusalType =
  | 'RecordChanged'
  | 'RecordOverwritten'
  | 'ChangeRefused'
  | 'ZoneUnclear'
  | 'StackNameTaken'
  | 'StackMissing'
  | 'StackUnknown'
  | 'ForeignStack'
  | 'ProtectedStack'
  | 'SecretMissing';

/** A final refusal: the sentence says what was expected, what was seen, on what, and what to do next. */
export class AwsRefused extends Error {
  readonly type: AwsRefusalType;

  constructor(type: AwsRefusalType, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = type;
    this.type = type;
  }
}

/** A wait that passed its deadline; the sentence says what was still missing. Trying again is right. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

export interface AwsTrouble {
  readonly message: string;
  /** AWS's error code, an `AwsRefusalType`, or the network's error code. */
  readonly type: string;
  readonly retriable: boolean;
}

const throttled = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'PriorRequestNotComplete',
  'SlowDown',
]);
const passing = new Set([
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  'InternalError',
  'InternalFailure',
  'InternalServiceError',
  'ServiceUnavailable',
  'Unavailable',
  'IncorrectInstanceState',
  'OperationInProgressException',
  'OperationNotPermittedException',
]);
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
]);
const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

/** Sorts any error of a call to AWS: one sentence, a stable type, and whether the same call may succeed later. */
export function awsTrouble(error: unknown): AwsTrouble {
  if (error instanceof AwsRefused) return { message: error.message, type: error.type, retriable: false };
  if (error instanceof NotYet) return { message: error.message, type: error.name, retriable: true };
  const name = nameOf(error);
  const said = sentenceOf(error);
  if (throttled.has(name))
    return { message: `AWS limits the rate of calls (${name}); it is tried again.`, type: name, retriable: true };
  if (expired.has(name))
    return { message: `The worker's AWS credentials have expired (${name}).`, type: name, retriable: true };
  if (denied.has(name))
    return {
      message: `AWS denied the call (${name}): ${said} Give the worker's role this right (cloudformation/worker-policy.yaml has all that it needs).`,
      type: name,
      retriable: false,
    };
  const code = networkCode(error);
  if (code !== null)
    return {
      message: `The AWS endpoint could not be reached (${code}); it is tried again.`,
      type: code,
      retriable: true,
    };
  const status = statusOf(error);
  if (passing.has(name) || (status !== null && (status >= 500 || status === 429)))
    return { message: `AWS could not answer (${name}): ${said}`, type: name, retriable: true };
  const who = isOfAws(error) ? 'AWS refused the call' : 'The step failed for a reason that the worker does not know';
  return { message: `${who} (${name}): ${said}`, type: name, retriable: false };
}

/** Whether the AWS SDK made this error: of an answer, or because it found no credentials to ask with. */
function isOfAws(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || error.name.endsWith('ProviderError'));
}

/** Whether the error carries this AWS error code and, where given, a message that matches. */
export function isAwsError(error: unknown, code: string, message?: RegExp): boolean {
  return nameOf(error) === code && (message === undefined || message.test(textOf(error)));
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Unknown';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of the message, at most 500 characters, ended as a sentence. */
export function sentenceOf(error: unknown): string {
  const line = (textOf(error).split('\n')[0] ?? '').trim().slice(0, 500);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function networkCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && network.has(at.code)) return at.code;
    if (at instanceof AggregateError) {
      const inner = at.errors.map(e => networkCode(e)).find(code => code !== null);
      if (inner !== undefined) return inner;
    }
  }
  return null;
}

function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('$metadata' in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}
