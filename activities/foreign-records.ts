/**
 * Record and signpost as this run left them, or a refusal that says what stands there instead and what belongs there: somebody
 * else's change is never written over.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { formatSignpost, type Signpost, signpostName, txtValue } from 'kafka-bluegreen-switching/signpost';
import { describeRecordSet, type RecordFound, sameRecordSet } from '../aws/record.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { SignpostFound } from './records.ts';
import { stageOf } from './signposts.ts';
import { Refused } from './step.ts';

/** The epoch is the guard: what is there must be what this run wrote last, or what it found before its first change. */
export function refuseForeignSignpost(
  deployment: Deployment,
  found: SignpostFound,
  known: bigint | null,
  written: Signpost | null,
): void {
  const name = signpostName(deployment.record);
  const back = written === null ? 'Correct or delete it' : `Put it back as TXT ${txtValue(formatSignpost(written))}`;
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
  if (stageOf(deployment, found.signpost) === null)
    throw new Refused(
      'SignpostMoved',
      `The signpost ${name} was changed by somebody else: it says "${formatSignpost(found.signpost)}". See who did it. ${back}, then resume.`,
    );
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
