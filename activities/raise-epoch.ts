import { formatSignpost, nextEpoch, type Signpost, txtValue } from 'kafka-bluegreen-switching/signpost';
import { swapRecords } from '../aws/swap.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { Dependencies } from './dependencies.ts';
import { type RecordsNow, type SignpostFound, unlessBehind } from './read-records.ts';
import type { Pace } from './step.ts';

/**
 * The records as they were read, and the same signpost under a higher epoch, in one batch: from here on Route 53 refuses whatever this
 * run sent before and was not carried out yet, for it names the signpost under the old epoch. Answers the new one.
 */
export async function raiseEpoch(
  deps: Dependencies,
  { id, zoneId }: Deployment,
  now: RecordsNow,
  found: Extract<SignpostFound, { kind: 'signpost' }>,
  pace: Pace,
): Promise<bigint> {
  const records = [now.record, ...(now.readRecord === null ? [] : [now.readRecord])];
  const sets = records.flatMap(record => ('set' in record ? [record.set] : []));
  const raised: Signpost = { ...found.signpost, epoch: nextEpoch(found.signpost.epoch, Date.now()) };
  const swap = {
    zoneId,
    from: [...sets, found.set],
    to: [...sets, { ...found.set, ResourceRecords: [{ Value: txtValue(formatSignpost(raised)) }] }],
    comment: `kafka-bluegreen ${id} epoch`,
  };
  await unlessBehind(swapRecords(deps.aws.route53, swap, pace));
  return raised.epoch;
}
