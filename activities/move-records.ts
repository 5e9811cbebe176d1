import { pollUntil } from '../aws/poll.ts';
import type { Activities } from '../contract/activities.ts';
import { ALIAS_TTL_SECONDS } from '../contract/deployment.ts';
import { getJson } from '../evidence/store.ts';
import type { Dependencies } from './dependencies.ts';
import { refuseUnlessWritten } from './foreign-records.ts';
import { raiseEpoch } from './raise-epoch.ts';
import { confirmRead, type OriginalRecords, readRecordsSince } from './read-records.ts';
import { moveTo } from './records.ts';
import { perform } from './step.ts';
import { refuseReturnWithoutBlue } from './without-blue.ts';

/** The TTL is low and the signpost says steady on blue; `agedAt` is when no cache can hold what was there before. */
export function announceDeployment(deps: Dependencies): Activities['announceDeployment'] {
  return ({ deployment }) =>
    perform(async pace => {
      const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
      const moved = await moveTo(deps, deployment, 'announced', pace);
      const longest = Math.max(
        original.record.TTL ?? ALIAS_TTL_SECONDS,
        original.readRecord === null ? 0 : (original.readRecord.TTL ?? ALIAS_TTL_SECONDS),
        original.signpost === null ? original.negativeTtlSeconds : (original.signpost.TTL ?? 0),
      );
      return { ...moved, agedAt: new Date(Date.now() + longest * 1_000).toISOString() };
    });
}

/** Writers are sent to green: record and signpost in one batch. */
export function flipRecord(deps: Dependencies): Activities['flipRecord'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'flipped', pace));
}

/** The record leads to green, and switch-aware writers hold, wherever they are, until blue is frozen. */
export function flipToHold(deps: Dependencies): Activities['flipToHold'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'writes-held', pace));
}

/** Writers that hold go on, on green: nothing can be written to blue any more. */
export function openGreen(deps: Dependencies): Activities['openGreen'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'flipped', pace));
}

/** Readers without a ticket are sent to green too: read record and signpost in one batch. */
export function moveReaders(deps: Dependencies): Activities['moveReaders'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'readers-moved', pace));
}

/** Steady on green, original TTL, and nobody's deployment any more. */
export function closeDeployment(deps: Dependencies): Activities['closeDeployment'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'closed', pace));
}

/** Steady on blue as it was found. */
export function returnRecord(deps: Dependencies): Activities['returnRecord'] {
  return ({ deployment }) => perform(pace => moveTo(deps, deployment, 'returned', pace));
}

/** Switch-aware writers hold; returns when every cache has seen it. Not for a blue that is deleted: they would hold for ever. */
export function holdWrites(deps: Dependencies): Activities['holdWrites'] {
  return ({ deployment }) =>
    perform(async pace => {
      await refuseReturnWithoutBlue(deps, deployment);
      const moved = await moveTo(deps, deployment, 'writes-held', pace);
      const { record } = await readRecordsSince(deps, { ...deployment, epoch: moved.epoch }, pace);
      const ttlSeconds = record.kind === 'cname' || record.kind === 'alias' ? record.ttlSeconds : ALIAS_TTL_SECONDS;
      const seenBy = Date.now() + ttlSeconds * 1_000;
      await pollUntil(
        async () =>
          Date.now() >= seenBy
            ? { kind: 'done', value: undefined }
            : { kind: 'waiting', waitingFor: `caches forget the signpost within ${ttlSeconds} s` },
        pace,
      );
      return moved;
    });
}

/**
 * Where writers are sent, by the signpost itself. The way back depends on it, so an answer from the past is not enough, and `blue` is
 * said only under an epoch that no earlier batch matches: a flip whose attempt was given up, and that Route 53 is still to carry out,
 * is refused from then on. So it is too late before anything is undone, and green is never deleted with writers on the way to it.
 */
export function locateTraffic(deps: Dependencies): Activities['locateTraffic'] {
  return ({ deployment }) =>
    perform(async pace => {
      const now = await readRecordsSince(deps, deployment, pace);
      // Under a later epoch it is this run's own flip, whose answer was lost.
      const mine = now.signpost.kind === 'signpost' && now.signpost.signpost.by === deployment.id;
      const { write, epoch } = mine
        ? now.signpost.signpost
        : refuseUnlessWritten(deployment, now.signpost, 'announced');
      const onBlue = write.kind === 'cluster' && write.id === deployment.blue.clusterId;
      if (onBlue && now.signpost.kind === 'signpost')
        return { at: 'blue', epoch: String(await raiseEpoch(deps, deployment, now, now.signpost, pace)) };
      await confirmRead(deps, deployment, now, pace);
      return { at: onBlue ? 'blue' : 'green', epoch: String(epoch) };
    });
}
