/**
 * The record, the read record and the signpost as one unit. Every change is one compare-and-swap batch, guarded by the
 * signpost's epoch: a worker that wakes late finds a higher epoch, and changes nothing. A retry that meets its own success is a
 * success.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { formatSignpost, nextEpoch, type Signpost, signpostName, txtValue } from 'kafka-bluegreen-switching/signpost';
import { LONGEST_LAG_MS, lookPastLag, type Waiting } from '../aws/poll.ts';
import { type RecordFound, retarget, sameRecordSet, sameTarget, withTtl } from '../aws/record.ts';
import { swapRecords } from '../aws/swap.ts';
import type { RecordsChanged } from '../contract/activities.ts';
import { ALIAS_TTL_SECONDS, type Deployment } from '../contract/deployment.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { type Colour, type Dependencies, endpointOf } from './dependencies.ts';
import { asExpected, refuseForeignSignpost, refuseUnlessWritten } from './foreign-records.ts';
import {
  confirmRead,
  type OriginalRecords,
  type RecordsNow,
  readRecords,
  readRecordsSince,
  unlessBehind,
} from './read-records.ts';
import { type Stage, sameContent, signpostOf, stageOf, stageSinceFlip } from './signposts.ts';
import { type Pace, Refused } from './step.ts';

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
    const insyncAt = await confirmRead(deps, deployment, now, pace);
    return {
      epoch: String(now.signpost.signpost.epoch),
      insyncAt,
      detail: `${describe(wanted, deployment)} (already)`,
    };
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
  const { insyncAt } = await unlessBehind(swapRecords(deps.aws.route53, swap, pace));
  return { epoch: String(epoch), insyncAt, detail: describe(wanted, deployment) };
}

/** Record, read record and signpost are as this run left them at `stage`, and served so everywhere; refuses otherwise. */
export async function confirmStage(
  deps: Dependencies,
  deployment: Deployment,
  stage: Stage,
  pace: Pace,
): Promise<void> {
  const refuseOthers = await refusingOthers(deps, deployment, stage);
  const now = await readRecordsSince(deps, deployment, pace);
  refuseOthers(now);
  await confirmRead(deps, deployment, now, pace);
}

/**
 * The same by a look alone: it may be answered from the past, so it is repeated until what it finds must be the truth. `NotYet` when
 * AWS does not answer.
 */
export async function lookAtStage(
  deps: Pick<Dependencies, 'aws' | 'evidence'>,
  deployment: Deployment,
  stage: Stage,
  pace: Pace & Pick<Waiting, 'lagMs'>,
): Promise<void> {
  const refuseOthers = await refusingOthers(deps, deployment, stage);
  const refusal = await lookPastLag(
    async () => {
      const now = await readRecords(deps, deployment);
      try {
        refuseOthers(now);
        return null;
      } catch (error) {
        if (error instanceof Refused) return error;
        throw error;
      }
    },
    found => found !== null,
    { ...pace, deadlineMs: 2 * LONGEST_LAG_MS },
  );
  if (refusal !== null) throw refusal;
}

/** Refuses records and a signpost that are not as this run left them at `stage`. */
async function refusingOthers(
  deps: Pick<Dependencies, 'evidence'>,
  deployment: Deployment,
  stage: Stage,
): Promise<(now: RecordsNow) => void> {
  const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  const { record, readRecord, ttl } = STAGES[stage];
  return now => {
    refuseUnlessWritten(deployment, now.signpost, stage);
    asExpected(deployment.record, now.record, target(deployment, original.record, record, ttl, request));
    if (now.readRecord !== null && original.readRecord !== null)
      asExpected(
        deployment.readRecord ?? '',
        now.readRecord,
        target(deployment, original.readRecord, readRecord, ttl, request),
      );
  };
}

/** The signpost that this run wrote before it goes to `stage`: what has to be there now. */
function writtenBefore(deployment: Deployment, stage: Stage, epoch: bigint, { record }: RecordsNow): Signpost {
  const onBlue = 'host' in record && sameTarget(record.host, deployment.blue.dnsName);
  const before: Readonly<Record<Stage, Stage>> = {
    announced: 'announced',
    flipped: deployment.writersHold ? 'writes-held' : 'announced',
    'readers-moved': 'flipped',
    closed: 'readers-moved',
    'writes-held': onBlue ? 'announced' : stageSinceFlip(deployment),
    returned: onBlue ? 'announced' : 'writes-held',
  };
  const stood = before[stage];
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
  // A rollback from the hold of order `total` holds under an epoch of its own: no step from before it may open green then.
  const least = BigInt(deployment.epoch ?? '0') + (stage === 'writes-held' ? 1n : 0n);
  return (
    signpost.epoch >= least &&
    sameContent(signpost, signpostOf(stage, deployment, signpost.epoch)) &&
    same(now.record, to.record) &&
    same(now.readRecord, to.readRecord)
  );
}

function describe(wanted: Wanted, deployment: Deployment): string {
  const at = endpointOf(deployment, wanted.record).stack;
  return `${deployment.record} → ${at}, signpost ${wanted.stage}`;
}
