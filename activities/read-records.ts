/** The record, the read record and the signpost as Route 53 has them, never older than what this run wrote last. */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { fromTxtValue, parseSignpost, type Signpost, signpostName } from 'kafka-bluegreen-switching/signpost';
import { AwsRefused, NotYet } from '../aws/errors.ts';
import { lookPastLag } from '../aws/poll.ts';
import { findRecord, type RecordFound, recordKey } from '../aws/record.ts';
import { confirmRecords } from '../aws/swap.ts';
import { readRecordSets } from '../aws/zone.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { Dependencies } from './dependencies.ts';
import type { Pace } from './step.ts';

/** The record sets as preflight found them; null where there was none. */
export interface OriginalRecords {
  readonly record: ResourceRecordSet;
  readonly readRecord: ResourceRecordSet | null;
  readonly signpost: ResourceRecordSet | null;
  readonly negativeTtlSeconds: number;
  readonly zonePrivate: boolean;
  readonly nameServers: readonly string[];
}

export type SignpostFound =
  | { readonly kind: 'absent' }
  | { readonly kind: 'signpost'; readonly signpost: Signpost; readonly set: ResourceRecordSet }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The names as Route 53 has them now. */
export interface RecordsNow {
  readonly record: RecordFound;
  readonly readRecord: RecordFound | null;
  readonly signpost: SignpostFound;
}

/** Reads record, read record and signpost. */
export async function readRecords(
  deps: Pick<Dependencies, 'aws'>,
  names: Pick<Deployment, 'zoneId' | 'record' | 'readRecord'>,
): Promise<RecordsNow> {
  const signpostAt = signpostName(names.record);
  const wanted = [names.record, signpostAt, ...(names.readRecord === null ? [] : [names.readRecord])];
  const sets = await readRecordSets(deps.aws.route53, names.zoneId, wanted);
  return {
    record: findRecord(sets.values(), names.record),
    readRecord: names.readRecord === null ? null : findRecord(sets.values(), names.readRecord),
    signpost: readSignpost(sets.get(recordKey(signpostAt, 'TXT'))),
  };
}

/** The same, at least as new as what this run wrote last: an older epoch, or none, may be an answer from the past. */
export function readRecordsSince(deps: Dependencies, deployment: Deployment, pace: Pace): Promise<RecordsNow> {
  const known = deployment.epoch === null ? null : BigInt(deployment.epoch);
  return lookPastLag(
    () => readRecords(deps, deployment),
    ({ signpost }) =>
      known !== null &&
      (signpost.kind === 'absent' || (signpost.kind === 'signpost' && signpost.signpost.epoch < known)),
    pace,
  );
}

/**
 * Proves that Route 53 holds exactly what was read, and serves it everywhere; what was read from the past is read again. Answers
 * with when it was served (ISO 8601).
 */
export async function confirmRead(
  deps: Dependencies,
  deployment: Deployment,
  now: RecordsNow,
  pace: Pace,
): Promise<string> {
  const found = [now.record, ...(now.readRecord === null ? [] : [now.readRecord]), now.signpost];
  const sets = found.flatMap(f => ('set' in f ? [f.set] : []));
  const confirmed = confirmRecords(deps.aws.route53, { zoneId: deployment.zoneId, sets }, pace);
  return (await unlessBehind(confirmed)).insyncAt;
}

/** A change that is refused for what is there was decided on what was read: it is read, and decided, again. */
export async function unlessBehind<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof AwsRefused && error.type === 'RecordChanged') throw new NotYet(error.message);
    throw error;
  }
}

function readSignpost(set: ResourceRecordSet | undefined): SignpostFound {
  if (set === undefined) return { kind: 'absent' };
  const values = set.ResourceRecords ?? [];
  if (values.length !== 1) return { kind: 'malformed', reason: `has ${values.length} values instead of one` };
  const parsed = parseSignpost(fromTxtValue(values[0]?.Value ?? ''));
  return parsed.kind === 'signpost' ? { ...parsed, set } : parsed;
}
