/**
 * Changes record sets by compare-and-swap: one batch that deletes exactly the old and creates the new, never an UPSERT.
 * Route 53 applies a batch whole or not at all and refuses it when an old value is not exactly what is there, so of two
 * writers one wins. A retry that meets its own success is a success: after a refusal the names are read again.
 */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { AwsRefused, isAwsError, NotYet, sentenceOf } from './errors.ts';
import { pollUntil, type Waiting } from './poll.ts';
import { describeRecordSet, keyOf, sameRecordSet } from './record.ts';
import { readRecordSets } from './zone.ts';

export interface Swap {
  readonly zoneId: string;
  /** Exactly what is there now. */
  readonly from: readonly ResourceRecordSet[];
  /** What is to be there, at least one; a set that is in `from` only is deleted. */
  readonly to: readonly ResourceRecordSet[];
  /** Deployment id and phase, kept as the batch's comment. */
  readonly comment?: string | undefined;
}

export interface SwapReceipt {
  readonly changeId: string;
  readonly submittedAt: string;
  readonly insyncAt: string;
  /** Set when the names already held the new values: an earlier attempt of ours had its answer lost. */
  readonly alreadyOurs: boolean;
}

/**
 * Swaps, waits until Route 53 reports INSYNC, and reads the result back.
 * Refuses with `RecordChanged` when what is there is neither old nor new, `ChangeRefused` when the batch itself is wrong.
 */
export async function swapRecords(route53: Route53Client, swap: Swap, waiting: Waiting = {}): Promise<SwapReceipt> {
  waiting.signal?.throwIfAborted();
  const submittedAt = new Date().toISOString();
  const submitted = await submitOrRecognise(route53, swap);
  await awaitInSync(route53, submitted.changeId, waiting);
  const insyncAt = new Date().toISOString();
  const seen = await compare(route53, swap);
  if (seen.kind !== 'ours') throw recordChanged(swap, swap.to, seen.now);
  return { ...submitted, submittedAt, insyncAt };
}

async function submitOrRecognise(
  route53: Route53Client,
  swap: Swap,
): Promise<{ changeId: string; alreadyOurs: boolean }> {
  try {
    return { changeId: await submit(route53, swap), alreadyOurs: false };
  } catch (error) {
    if (!isAwsError(error, 'InvalidChangeBatch')) throw error;
    const seen = await compare(route53, swap);
    if (seen.kind === 'ours') {
      // The change that made it ours has an id we never saw. Swapping ours for ours changes nothing, gives an id whose
      // INSYNC covers it, and still fails if somebody else is faster.
      return { changeId: await submit(route53, { ...swap, from: swap.to }), alreadyOurs: true };
    }
    if (seen.kind === 'other') throw recordChanged(swap, swap.from, seen.now, error);
    throw new AwsRefused(
      'ChangeRefused',
      `Route 53 refused to change ${names(swap)} although it holds what was expected: ${sentenceOf(error)}`,
      error,
    );
  }
}

async function submit(route53: Route53Client, swap: Swap): Promise<string> {
  const changes: Change[] = [
    ...swap.from.map(set => ({ Action: 'DELETE' as const, ResourceRecordSet: set })),
    ...swap.to.map(set => ({ Action: 'CREATE' as const, ResourceRecordSet: set })),
  ];
  const answer = await route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: swap.zoneId,
      ChangeBatch: { Changes: changes, ...(swap.comment === undefined ? {} : { Comment: swap.comment }) },
    }),
  );
  const id = answer.ChangeInfo?.Id;
  if (id === undefined)
    throw new NotYet(`Route 53 took the change of ${names(swap)} without naming it; it is looked at again.`);
  return id.replace(/^\/change\//, '');
}

async function awaitInSync(route53: Route53Client, changeId: string, waiting: Waiting): Promise<void> {
  await pollUntil(async () => {
    const status = (await route53.send(new GetChangeCommand({ Id: changeId }))).ChangeInfo?.Status;
    return status === 'INSYNC'
      ? { kind: 'done', value: undefined }
      : { kind: 'waiting', waitingFor: `Route 53 change ${changeId} is ${status ?? 'unknown'}, not yet INSYNC.` };
  }, waiting);
}

interface Compared {
  readonly kind: 'ours' | 'old' | 'other';
  readonly now: ReadonlyMap<string, ResourceRecordSet>;
}

async function compare(route53: Route53Client, swap: Swap): Promise<Compared> {
  const all = [...swap.from, ...swap.to];
  const now = await readRecordSets(
    route53,
    swap.zoneId,
    all.map(set => set.Name ?? ''),
  );
  const keys = new Set(all.map(keyOf));
  if (holds(now, keys, swap.to)) return { kind: 'ours', now };
  return { kind: holds(now, keys, swap.from) ? 'old' : 'other', now };
}

/** Whether, of these keys, exactly the wanted sets exist, with exactly the wanted content. */
function holds(
  now: ReadonlyMap<string, ResourceRecordSet>,
  keys: ReadonlySet<string>,
  wanted: readonly ResourceRecordSet[],
): boolean {
  const byKey = new Map(wanted.map(set => [keyOf(set), set]));
  return [...keys].every(key => {
    const want = byKey.get(key);
    const have = now.get(key);
    return want === undefined ? have === undefined : have !== undefined && sameRecordSet(have, want);
  });
}

function recordChanged(
  swap: Swap,
  expected: readonly ResourceRecordSet[],
  now: ReadonlyMap<string, ResourceRecordSet>,
  cause?: unknown,
): AwsRefused {
  const wanted = new Map(expected.map(set => [keyOf(set), set]));
  const keys = new Set([...swap.from, ...swap.to].map(keyOf));
  const different = [...keys].filter(key => !holds(now, new Set([key]), expected));
  const said = different.map(
    key => `at ${key}: expected ${describeRecordSet(wanted.get(key))}, found ${describeRecordSet(now.get(key))}`,
  );
  return new AwsRefused(
    'RecordChanged',
    `Somebody else changed a record; it was left as it is. ${said.join('; ')}. Find out who changed it and put it back.`,
    cause,
  );
}

function names(swap: Swap): string {
  return [...new Set([...swap.from, ...swap.to].map(set => set.Name))].join(', ');
}
