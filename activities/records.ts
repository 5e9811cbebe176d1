/**
 * The record, the read record and the signpost as one unit. Every change is one compare-and-swap batch, guarded by the
 * signpost's epoch: a worker that wakes late finds a higher epoch, and changes nothing. A retry that meets its own success is a
 * success.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import {
  formatSignpost,
  fromTxtValue,
  nextEpoch,
  parseSignpost,
  type Signpost,
  signpostName,
  txtValue,
} from 'kafka-bluegreen-switching/signpost';
import { AwsRefused, NotYet } from '../aws/errors.ts';
import { lookPastLag } from '../aws/poll.ts';
import {
  ALIAS_TTL_SECONDS,
  findRecord,
  type RecordFound,
  recordKey,
  retarget,
  sameRecordSet,
  sameTarget,
  withTtl,
} from '../aws/record.ts';
import { confirmRecords, swapRecords } from '../aws/swap.ts';
import { readRecordSets } from '../aws/zone.ts';
import type { RecordsChanged } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type Colour, type Dependencies, endpointOf } from './dependencies.ts';
import { asExpected, refuseForeignSignpost } from './foreign-records.ts';
import { type Stage, sameContent, signpostOf, stageOf } from './signposts.ts';
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

/** What a stage wants: where each record points, and whether TTLs are the low ones or the original ones. */
interface Wanted {
  readonly stage: Stage;
  readonly record: Colour;
  readonly readRecord: Colour;
  readonly ttl: 'lowered' | 'original';
}

const STAGES: Readonly<Record<Stage, Wanted>> = {
  announced: { stage: 'announced', record: 'blue', readRecord: 'blue', ttl: 'lowered' },
  flipped: { stage: 'flipped', record: 'green', readRecord: 'blue', ttl: 'lowered' },
  'readers-moved': { stage: 'readers-moved', record: 'green', readRecord: 'green', ttl: 'lowered' },
  closed: { stage: 'closed', record: 'green', readRecord: 'green', ttl: 'original' },
  'writes-held': { stage: 'writes-held', record: 'green', readRecord: 'blue', ttl: 'lowered' },
  returned: { stage: 'returned', record: 'blue', readRecord: 'blue', ttl: 'original' },
};

/** Reads record, read record and signpost. */
export async function readRecords(
  deps: Dependencies,
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

/** Proves that Route 53 holds exactly what was read, and serves it everywhere; what was read from the past is read again. */
export async function confirmRead(
  deps: Dependencies,
  deployment: Deployment,
  now: RecordsNow,
  pace: Pace,
): Promise<void> {
  const found = [now.record, ...(now.readRecord === null ? [] : [now.readRecord]), now.signpost];
  const sets = found.flatMap(f => ('set' in f ? [f.set] : []));
  await unlessBehind(confirmRecords(deps.aws.route53, { zoneId: deployment.zoneId, sets }, pace));
}

/** A change that is refused for what is there was decided on what was read: it is read, and decided, again. */
async function unlessBehind<T>(change: Promise<T>): Promise<T> {
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

/** Moves everything to the stage in one batch, or finds that this run already did. Answers with the epoch that is in force. */
export async function moveTo(
  deps: Dependencies,
  deployment: Deployment,
  stage: Stage,
  pace: Pace,
): Promise<RecordsChanged> {
  const wanted = STAGES[stage];
  const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const now = await readRecordsSince(deps, deployment, pace);
  const to = {
    record: target(deployment, original.record, wanted.record, wanted.ttl, request),
    readRecord: original.readRecord && target(deployment, original.readRecord, wanted.readRecord, wanted.ttl, request),
  };
  const known = deployment.epoch === null ? null : BigInt(deployment.epoch);
  const last = now.signpost.kind === 'signpost' ? now.signpost.signpost.epoch : null;
  if (now.signpost.kind === 'signpost' && alreadyThere(deployment, stage, now, now.signpost.signpost, to)) {
    await confirmRead(deps, deployment, now, pace);
    return { epoch: String(now.signpost.signpost.epoch), detail: `${describe(wanted, deployment)} (already)` };
  }
  const written = known === null ? null : writtenBefore(deployment, stage, known, now);
  refuseForeignSignpost(deployment, now.signpost, known, written);
  // What the signpost says tells which of this run's stages stands, and with it how the records must be.
  const stands = now.signpost.kind === 'signpost' ? stageOf(deployment, now.signpost.signpost) : null;
  const expected = (first: ResourceRecordSet, which: 'record' | 'readRecord') =>
    stands === null ? first : target(deployment, first, STAGES[stands][which], STAGES[stands].ttl, request);
  const epoch = nextEpoch(last ?? known, Date.now());
  const signpost = signpostSet(deployment, signpostOf(stage, deployment, epoch), to.record.TTL ?? ALIAS_TTL_SECONDS);
  const from = [
    asExpected(deployment.record, now.record, expected(original.record, 'record')),
    ...(now.readRecord === null || original.readRecord === null
      ? []
      : [asExpected(deployment.readRecord ?? '', now.readRecord, expected(original.readRecord, 'readRecord'))]),
  ];
  const swap = {
    zoneId: deployment.zoneId,
    from: now.signpost.kind === 'signpost' ? [...from, now.signpost.set] : from,
    to: [to.record, ...(to.readRecord === null ? [] : [to.readRecord]), signpost],
    comment: `kafka-bluegreen ${deployment.id} ${stage}`,
  };
  await unlessBehind(swapRecords(deps.aws.route53, swap, pace));
  return { epoch: String(epoch), detail: describe(wanted, deployment) };
}

/** The signpost that this run wrote before it goes to `stage`: what has to be there now. */
function writtenBefore(deployment: Deployment, stage: Stage, epoch: bigint, { record }: RecordsNow): Signpost {
  const before: Readonly<Record<Exclude<Stage, 'returned'>, Stage>> = {
    announced: 'announced',
    flipped: 'announced',
    'readers-moved': 'flipped',
    closed: 'readers-moved',
    'writes-held': 'flipped',
  };
  const onBlue = 'host' in record && sameTarget(record.host, deployment.blue.dnsName);
  const stood = stage === 'returned' ? (onBlue ? 'announced' : 'writes-held') : before[stage];
  return signpostOf(stood, deployment, epoch);
}

/** The original record set, pointed at the colour, with the stage's TTL. */
function target(
  deployment: Deployment,
  original: ResourceRecordSet,
  colour: Colour,
  ttl: Wanted['ttl'],
  request: DeploymentRequest,
): ResourceRecordSet {
  const originalTtl = original.TTL;
  const ttlSeconds =
    ttl === 'original' || originalTtl === undefined ? originalTtl : Math.min(originalTtl, request.ttl / 1_000);
  if (colour === 'blue') return withTtl(original, ttlSeconds);
  return retarget(original, endpointOf(deployment, 'green'), ttlSeconds);
}

function signpostSet(deployment: Deployment, signpost: Signpost, ttlSeconds: number): ResourceRecordSet {
  return {
    Name: signpostName(deployment.record),
    Type: 'TXT',
    TTL: ttlSeconds,
    ResourceRecords: [{ Value: txtValue(formatSignpost(signpost)) }],
  };
}

function alreadyThere(
  deployment: Deployment,
  stage: Stage,
  now: RecordsNow,
  signpost: Signpost,
  to: { readonly record: ResourceRecordSet; readonly readRecord: ResourceRecordSet | null },
): boolean {
  const same = (found: RecordFound | null, want: ResourceRecordSet | null) =>
    want === null || (found !== null && 'set' in found && sameRecordSet(found.set, want));
  const newer = deployment.epoch === null || signpost.epoch >= BigInt(deployment.epoch);
  return (
    newer &&
    sameContent(signpost, signpostOf(stage, deployment, signpost.epoch)) &&
    same(now.record, to.record) &&
    same(now.readRecord, to.readRecord)
  );
}

function describe(wanted: Wanted, deployment: Deployment): string {
  const at = endpointOf(deployment, wanted.record).stack;
  return `${deployment.record} → ${at}, signpost ${wanted.stage}`;
}
