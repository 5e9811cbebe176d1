/** All activities of a deployment, made from what the worker gives them. */
import type { Activities } from '../contract/activities.ts';
import { awaitFlipSeen } from './await-flip-seen.ts';
import { awaitGreenStack } from './await-green-stack.ts';
import { awaitReadersGone } from './await-readers-gone.ts';
import { confirmBeforeFlip } from './confirm-before-flip.ts';
import { createGreenStack } from './create-green-stack.ts';
import { deleteBlue, deleteGreen, stopBlue } from './delete-stacks.ts';
import type { Dependencies } from './dependencies.ts';
import { drainFirstGroup, releaseGroups } from './drain.ts';
import { examine } from './examine.ts';
import { freeze } from './freeze.ts';
import { freezeGreen } from './freeze-green.ts';
import { inspect } from './inspect.ts';
import {
  announceDeployment,
  closeDeployment,
  flipRecord,
  flipToHold,
  holdWrites,
  locateTraffic,
  moveReaders,
  openGreen,
  returnRecord,
} from './move-records.ts';
import { compareClusters, copyTopics } from './parity.ts';
import { proveBlueDrained } from './prove-blue-drained.ts';
import { putKeepBackOnGreen } from './put-keep-back-on-green.ts';
import { removeTickets } from './remove-tickets.ts';
import { seedGroups } from './seed-groups.ts';
import { settle } from './settle.ts';
import { settleHeld } from './settle-held.ts';
import { smokeTest } from './smoke-test.ts';
import { connectToStanding } from './standing.ts';
import { keepRecords, reopenBlue, saveOriginals } from './topic-configs.ts';

export function createActivities(given: Dependencies): Activities {
  const deps: Dependencies = { ...given, connect: connectToStanding(given) };
  return {
    inspect: inspect(deps),
    examine: examine(deps),
    createGreenStack: createGreenStack(deps),
    awaitGreenStack: awaitGreenStack(deps),
    announceDeployment: announceDeployment(deps),
    copyTopics: copyTopics(deps),
    seedGroups: seedGroups(deps),
    compareClusters: compareClusters(deps),
    smokeTest: smokeTest(deps),
    confirmBeforeFlip: confirmBeforeFlip(deps),
    saveOriginals: saveOriginals(deps),
    keepRecords: keepRecords(deps),
    flipRecord: flipRecord(deps),
    flipToHold: flipToHold(deps),
    awaitFlipSeen: awaitFlipSeen(deps),
    settle: settle(deps),
    settleHeld: settleHeld(deps),
    freeze: freeze(deps),
    openGreen: openGreen(deps),
    drainFirstGroup: drainFirstGroup(deps),
    releaseGroups: releaseGroups(deps),
    moveReaders: moveReaders(deps),
    awaitReadersGone: awaitReadersGone(deps),
    putKeepBackOnGreen: putKeepBackOnGreen(deps),
    proveBlueDrained: proveBlueDrained(deps),
    stopBlue: stopBlue(deps),
    deleteBlue: deleteBlue(deps),
    closeDeployment: closeDeployment(deps),
    removeTickets: removeTickets(deps),
    locateTraffic: locateTraffic(deps),
    holdWrites: holdWrites(deps),
    freezeGreen: freezeGreen(deps),
    reopenBlue: reopenBlue(deps),
    returnRecord: returnRecord(deps),
    deleteGreen: deleteGreen(deps),
  };
}
