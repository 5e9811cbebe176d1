/**
 * Record and signpost as this run left them, or a refusal that says what stands there instead and what belongs there: somebody
 * else's change is never written over.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { formatSignpost, type Signpost, signpostName, txtValue } from 'kafka-bluegreen-switching/signpost';
import { describeRecordSet, type RecordFound, sameRecordSet } from '../aws/record.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { SignpostFound } from './read-records.ts';
import { type Stage, sameContent, signpostOf, stageOf } from './signposts.ts';
import { Refused } from './step.ts';

const putBack = (written: Signpost) => `Put it back as TXT ${txtValue(formatSignpost(written))}`;

/** The epoch is the guard: what is there must be what this run wrote last, or what it found before its first change. */
export function refuseForeignSignpost(
  deployment: Deployment,
  found: SignpostFound,
  known: bigint | null,
  written: Signpost | null,
): void {
  const name = signpostName(deployment.record);
  const back = written === null ? 'Correct or delete it' : putBack(written);
  if (found.kind === 'malformed')
    throw new Refused(
      'SignpostMalformed',
      `The signpost ${name} cannot be read: it ${found.reason}. ${back}, then resume.`,
    );
  if (known === null) {
    if (found.kind === 'signpost' && found.signpost.by !== null && found.signpost.by !== deployment.id)
      throw new Refused(
        'SignpostMoved',
        `The signpost ${name} belongs to deployment ${found.signpost.by}. Two deployments of one record cannot run at a time: end that one, then resume.`,
      );
    return;
  }
  if (found.kind === 'absent')
    throw new Refused('SignpostMoved', `The signpost ${name} was deleted by somebody else. ${back}, then resume.`);
  const { epoch, by } = found.signpost;
  if (epoch !== known || by !== deployment.id)
    throw new Refused(
      'SignpostMoved',
      `The signpost ${name} was changed by somebody else: it has epoch ${epoch} by ${by ?? 'nobody'}, where this run wrote epoch ${known} by ${deployment.id}. See who did it. ${back}, then resume.`,
    );
  if (stageOf(deployment, found.signpost) === null) throw saysOtherwise(name, found.signpost, back);
}

function saysOtherwise(name: string, signpost: Signpost, back: string): Refused {
  return new Refused(
    'SignpostMoved',
    `The signpost ${name} was changed by somebody else: it says "${formatSignpost(signpost)}". See who did it. ${back}, then resume.`,
  );
}

/** Answers the signpost that this run wrote at `stage`, when it is the one that is found. */
export function refuseUnlessWritten(deployment: Deployment, found: SignpostFound, stage: Stage): Signpost {
  const known = BigInt(deployment.epoch ?? '0');
  const written = signpostOf(stage, deployment, known);
  refuseForeignSignpost(deployment, found, known, written);
  if (found.kind === 'signpost' && !sameContent(found.signpost, written))
    throw saysOtherwise(signpostName(deployment.record), found.signpost, putBack(written));
  return written;
}

/** The record set that was found, when it is the expected one. */
export function asExpected(name: string, found: RecordFound, expected: ResourceRecordSet): ResourceRecordSet {
  const isThere = found.kind === 'cname' || found.kind === 'alias';
  if (isThere && sameRecordSet(found.set, expected)) return found.set;
  const seen = isThere ? describeRecordSet(found.set) : found.kind === 'absent' ? 'nothing' : found.reason;
  throw new Refused(
    'RecordChanged',
    `The record ${name} was changed by somebody else: expected ${describeRecordSet(expected)}, found ${seen}. See who did it and put it back as expected, then resume.`,
  );
}
