/**
 * A broker's word to its stack, by the URL of a wait condition. AWS's is presigned for an empty content type and refuses
 * any other. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
 */
export type Readiness =
  | { readonly kind: 'serving' }
  /** A sentence for the stack's events. */
  | { readonly kind: 'failed'; readonly reason: string };

const LONGEST_REASON = 400;
const TIMEOUT_MS = 10_000;

/** Refused is what nobody waits for any more, such as the handle of a stack that rolls back; an error when nobody answers. */
export async function signalReadiness(
  url: string,
  brokerId: number,
  readiness: Readiness,
): Promise<'taken' | 'refused'> {
  const reason = readiness.kind === 'serving' ? 'The broker serves' : readiness.reason.slice(0, LONGEST_REASON);
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify({
      Status: readiness.kind === 'serving' ? 'SUCCESS' : 'FAILURE',
      UniqueId: `broker-${brokerId}`,
      Reason: reason,
      Data: reason,
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return response.ok ? 'taken' : 'refused';
}
