/**
 * Changes record sets by compare-and-swap: one batch that deletes exactly the old and creates the new, never an UPSERT.
 * Route 53 applies a batch whole or not at all and refuses it when an old value is not exactly what is there, so of two
 * writers one wins. A retry that meets its own success is a success: after a refusal the names are read again. A batch judges
 * what is there; a list may be behind it.
 */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { AwsRefused, isAwsError, NotYet, sentenceOf } from './errors.ts';
import { LONGEST_LAG_MS, lookPastLag, pollUntil, type Waiting } from './poll.ts';
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
 * Refuses with `RecordChanged` when what is there is neither old nor new and nothing was done, `RecordOverwritten` when somebody
 * changed it after us, `ChangeRefused` when the batch itself is wrong.
 */
export async function swapRecords(route53: Route53Client, swap: Swap, waiting: Waiting = {}): Promise<SwapReceipt> {
  waiting.signal?.throwIfAborted();
  const submittedAt = new Date().toISOString();
  const submitted = await submitOrRecognise(route53, swap, waiting);
  await awaitInSync(route53, submitted.changeId, waiting);
  const insyncAt = new Date().toISOString();
  const seen = await comparePastLag(route53, swap, waiting);
  if (seen.kind !== 'ours') throw recordChanged(swap, swap.to, seen.now, { type: 'RecordOverwritten' });
  return { ...submitted, submittedAt, insyncAt };
}

/**
 * Proves that the record sets are exactly these, and that Route 53 serves them everywhere: swapped for themselves nothing changes,
 * and the batch is refused (`RecordChanged`) where a list was behind.
 */
export function confirmRecords(
  route53: Route53Client,
  { zoneId, sets }: { readonly zoneId: string; readonly sets: readonly ResourceRecordSet[] },
  waiting: Waiting = {},
): Promise<SwapReceipt> {
  return swapRecords(route53, { zoneId, from: sets, to: sets }, waiting);
}

async function submitOrRecognise(
  route53: Route53Client,
  swap: Swap,
  waiting: Waiting,
): Promise<{ changeId: string; alreadyOurs: boolean }> {
  try {
    return { changeId: await submit(route53, swap), alreadyOurs: false };
  } catch (error) {
    if (!isAwsError(error, 'InvalidChangeBatch')) throw error;
    // Only a refusal for what is there can be met by a list that is behind; any other is about the batch itself.
    const seen = await (isAwsError(error, 'InvalidChangeBatch', aboutWhatIsThere) ? comparePastLag : compare)(
      route53,
      swap,
      waiting,
    );
    if (seen.kind === 'ours') {
      // The change that made it ours has an id we never saw. Swapping ours for ours changes nothing, gives an id whose
      // INSYNC covers it, and still fails if somebody else is faster.
      return { changeId: await submitOwn(route53, swap, seen.now), alreadyOurs: true };
    }
    if (seen.kind !== 'old') throw recordChanged(swap, swap.from, seen.now, { type: 'RecordChanged', cause: error });
    throw new AwsRefused(
      'ChangeRefused',
      `Route 53 refused to change ${names(swap)} although it holds what was expected: ${sentenceOf(error)}`,
      error,
    );
  }
}

/** Route 53's words for a DELETE or CREATE that does not fit what it holds. */
const aboutWhatIsThere = /do not match|not found|already exists/i;

async function submitOwn(
  route53: Route53Client,
  swap: Swap,
  seen: ReadonlyMap<string, ResourceRecordSet>,
): Promise<string> {
  try {
    return await submit(route53, { ...swap, from: swap.to });
  } catch (error) {
    if (!isAwsError(error, 'InvalidChangeBatch')) throw error;
    throw recordChanged(swap, swap.to, seen, { type: 'RecordChanged', cause: error });
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
  const started = performance.now();
  const status = await pollUntil(async () => {
    const late = performance.now() - started >= (waiting.lagMs ?? LONGEST_LAG_MS);
    const seen = await statusOf(route53, changeId);
    return seen === 'INSYNC' || (seen === 'unknown' && late)
      ? { kind: 'done', value: seen }
      : { kind: 'waiting', waitingFor: `Route 53 change ${changeId} is ${seen}, not yet INSYNC.` };
  }, waiting);
  // Outside of the wait, which would wait this out too.
  if (status === 'unknown')
    throw new NotYet(
      `Route 53 does not know the change ${changeId} that it had taken; the records are looked at again.`,
    );
}

async function statusOf(route53: Route53Client, changeId: string): Promise<string> {
  try {
    return (await route53.send(new GetChangeCommand({ Id: changeId }))).ChangeInfo?.Status ?? 'unknown';
  } catch (error) {
    if (isAwsError(error, 'NoSuchChange')) return 'unknown';
    throw error;
  }
}

interface Compared {
  /** `between`: each set is the old or the new one, but not all are the same. */
  readonly kind: 'ours' | 'old' | 'between' | 'other';
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
  if (holds(now, keys, swap.from)) return { kind: 'old', now };
  const eachOfOne = [...keys].every(
    key => holds(now, new Set([key]), swap.from) || holds(now, new Set([key]), swap.to),
  );
  return { kind: eachOfOne ? 'between' : 'other', now };
}

/** Not ours yet, and nobody else's either: the list may be behind the batch. */
function comparePastLag(route53: Route53Client, swap: Swap, waiting: Waiting): Promise<Compared> {
  return lookPastLag(
    () => compare(route53, swap),
    ({ kind }) => kind === 'old' || kind === 'between',
    waiting,
  );
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
  { type, cause }: { readonly type: 'RecordChanged' | 'RecordOverwritten'; readonly cause?: unknown },
): AwsRefused {
  const wanted = new Map(expected.map(set => [keyOf(set), set]));
  const keys = new Set([...swap.from, ...swap.to].map(keyOf));
  const different = [...keys].filter(key => !holds(now, new Set([key]), expected));
  const said = different.map(
    key => `at ${key}: expected ${describeRecordSet(wanted.get(key))}, found ${describeRecordSet(now.get(key))}`,
  );
  return new AwsRefused(
    type,
    `Somebody else changed a record; it was left as it is. ${said.join('; ')}. Find out who changed it and put it back.`,
    cause,
  );
}

function names(swap: Swap): string {
  return [...new Set([...swap.from, ...swap.to].map(set => set.Name))].join(', ');
}
