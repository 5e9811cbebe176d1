/**
 * What it means that Temporal did not answer, or would not: each case told apart, with what to do about it. It is the same whether
 * the command or the worker calls.
 */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
}

/** gRPC status codes (grpc/grpc, doc/statuscodes.md). */
export const GRPC = {
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export function grpcCode(error: unknown): number | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'number') return cause.code;
  return null;
}

/** A sentence with what to do next; null for an error that says nothing about Temporal, or of which nothing can be done. */
export function temporalTrouble(error: unknown, place: TemporalPlace): string | null {
  const { address, namespace } = place;
  if (error instanceof Error && error.name === 'NamespaceNotFoundError') return noNamespace(place);
  switch (grpcCode(error)) {
    case GRPC.unavailable:
      return temporalAway(address, error);
    case GRPC.notFound:
      return noNamespace(place);
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return `Temporal at ${address} does not let us into namespace ${namespace}. Set TEMPORAL_API_KEY or the TEMPORAL_TLS_* variables of a role that may. It said: ${saidBy(error)}`;
    case GRPC.resourceExhausted:
      return `Temporal at ${address} takes no more calls for now. Ask again in a minute. It said: ${saidBy(error)}`;
    case GRPC.cancelled:
    case GRPC.unknown:
    case GRPC.aborted:
    case GRPC.internal:
      return `Temporal at ${address} could not answer. Ask again; if it stays so, look at the server's own log. It said: ${saidBy(error)}`;
    default:
      return null;
  }
}

/** The same of an error while connecting, when silence has no code; null for an answer that nobody foresaw. */
export function connectTrouble(error: unknown, place: TemporalPlace): string | null {
  const code = grpcCode(error);
  if (code === null || code === GRPC.deadlineExceeded) return temporalAway(place.address, error);
  return temporalTrouble(error, place);
}

function temporalAway(address: string, error: unknown): string {
  return `Temporal cannot be reached at ${address}. Set TEMPORAL_ADDRESS or --address; a local one comes with npm run local. It said: ${saidBy(error)}`;
}

/** Its settings are read from variables and files by Temporal's own rules; an excerpt of the file, which may hold a key, is not repeated. */
export function temporalSettings(error: unknown): string {
  const [said = ''] = saidBy(error).split('\n');
  return `The settings for Temporal cannot be used: ${said.replace(/\.?$/, '.')} Check TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and its content, and that the files of TEMPORAL_TLS_* can be read.`;
}

function noNamespace({ address, namespace }: TemporalPlace): string {
  return `Temporal at ${address} has no namespace ${namespace}. Set TEMPORAL_NAMESPACE or --namespace.`;
}

/** The innermost reason, with a full stop: what wraps it only says that a call failed. */
export function saidBy(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const details = inner instanceof Error && 'details' in inner ? inner.details : null;
  const text =
    typeof details === 'string' && details !== '' ? details : inner instanceof Error ? inner.message : String(inner);
  return `${text.trim().replace(/\.$/, '')}.`;
}
