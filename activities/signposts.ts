/**
 * What the signpost says at each stage of a deployment (the table in the signpost's documentation). Pure: the same stage of
 * the same deployment differs only in its epoch.
 */
import type { Signpost } from 'kafka-bluegreen-switching/signpost';
import type { Deployment } from '../contract/deployment.ts';
import { endpointOf } from './dependencies.ts';

export type Stage = 'announced' | 'flipped' | 'readers-moved' | 'closed' | 'returned' | 'writes-held';

/** The signpost of the stage, under the given epoch. */
export function signpostOf(stage: Stage, deployment: Deployment, epoch: bigint): Signpost {
  const { blue } = deployment;
  const green = deployment.green;
  const ids = { blue: blue.clusterId, green: () => endpointOf(deployment, 'green').clusterId };
  const both = new Map([[blue.clusterId, blue.bootstrap]]);
  if (green !== null) both.set(green.clusterId, green.bootstrap);
  const only = (colour: 'blue' | 'green') => {
    const { clusterId, bootstrap } = endpointOf(deployment, colour);
    return new Map([[clusterId, bootstrap]]);
  };
  const by = deployment.id;
  switch (stage) {
    case 'announced':
      return { epoch, by, write: { kind: 'cluster', id: ids.blue }, read: ids.blue, drain: null, addresses: both };
    case 'flipped':
      return { epoch, by, write: { kind: 'cluster', id: ids.green() }, read: ids.blue, drain: null, addresses: both };
    case 'readers-moved':
      return {
        epoch,
        by,
        write: { kind: 'cluster', id: ids.green() },
        read: ids.green(),
        drain: ids.blue,
        addresses: both,
      };
    case 'closed':
      return {
        epoch,
        by: null,
        write: { kind: 'cluster', id: ids.green() },
        read: ids.green(),
        drain: null,
        addresses: only('green'),
      };
    case 'returned':
      return {
        epoch,
        by: null,
        write: { kind: 'cluster', id: ids.blue },
        read: ids.blue,
        drain: null,
        addresses: only('blue'),
      };
    case 'writes-held':
      return { epoch, by, write: { kind: 'hold' }, read: ids.blue, drain: null, addresses: both };
  }
}

/** Stages at which a deployment is under way. */
const UNDER_WAY: readonly Stage[] = ['announced', 'flipped', 'writes-held', 'readers-moved'];

/** Where the signpost stands from the flip to the last release: with order `total` writers hold until blue is frozen. */
export function stageSinceFlip({ writersHold }: Deployment): Stage {
  return writersHold ? 'writes-held' : 'flipped';
}

/** Which stage of this deployment the signpost stands at; null when it is not of this deployment, or says what it never says. */
export function stageOf(deployment: Deployment, signpost: Signpost): Stage | null {
  if (signpost.by !== deployment.id) return null;
  const possible = deployment.green === null ? UNDER_WAY.slice(0, 1) : UNDER_WAY;
  return possible.find(stage => sameDirections(signpost, signpostOf(stage, deployment, signpost.epoch))) ?? null;
}

/** Whether two signposts say the same, whatever their epochs. */
export function sameContent(a: Signpost, b: Signpost): boolean {
  const addresses = (s: Signpost) =>
    [...s.addresses]
      .map(entry => entry.join('='))
      .toSorted()
      .join(' ');
  return a.by === b.by && sameDirections(a, b) && addresses(a) === addresses(b);
}

function sameDirections(a: Signpost, b: Signpost): boolean {
  const write = (s: Signpost) => (s.write.kind === 'hold' ? 'hold' : s.write.id);
  return write(a) === write(b) && a.read === b.read && a.drain === b.drain;
}
