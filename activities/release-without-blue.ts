/**
 * Somebody deleted blue while groups read it, and somebody answers for what they had not read: they leave for green, where they go
 * on at their seeds. Nothing is sealed, because nothing was proved.
 */
import type { Drained, StepInput } from '../contract/activities.ts';
import { listed } from '../contract/listed.ts';
import type { RunWaiver } from '../contract/messages.ts';
import { knownEnds } from '../kafka/known-offsets.ts';
import { gates } from '../kafka/ledger.ts';
import { putTicket } from '../kafka/tickets.ts';
import { firstBegun } from './begun.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { ticketForeign } from './hold-on-green.ts';
import { KeptLedger } from './kept-ledger.ts';
import { proveEvidence } from './ledger-evidence.ts';
import { scopeOf } from './scope.ts';
import type { Pace } from './step.ts';

/** Ends the drain as it stands: no group can be waited for. */
export async function drainWithoutBlue(
  deps: Dependencies,
  input: StepInput,
  { by }: RunWaiver,
  pace: Pace,
): Promise<Drained> {
  const { kept } = await openKept(deps, input, pace);
  return kept.end('done', `somebody deleted blue, so nothing is read there any more; ${by} answers for that`);
}

/** Every group that gates and was not released yet is released, whatever it had read. */
export async function releaseWithoutBlue(
  deps: Dependencies,
  input: StepInput,
  { by }: RunWaiver,
  pace: Pace,
): Promise<Drained> {
  const { deployment } = input;
  const { scope, kept } = await openKept(deps, input, pace);
  const { groups } = kept.progress;
  const disposed = new Map(scope.disposed({ groups }).groups.map(g => [g.group, g]));
  const gating = groups.map(g => g.group).filter(group => gates(disposed.get(group)));
  const unproved = gating.filter(group => !kept.progress.sealed.some(s => s.group === group));
  await using green = await deps.connect(endpointOf(deployment, 'green'));
  for (const group of gating.filter(name => !kept.isReleased(name))) {
    await kept.giveUp(group, await knownEnds(green, scope.drained, pace));
    const put = await putTicket(green, group, { deployment: deployment.id, state: 'released' }, pace);
    if (put.kind === 'foreign') throw ticketForeign(group, put.deployment);
    // One that has members on green needs no ticket to read there.
    await kept.released(group);
    pace.progress({ phase: 'release', released: group });
  }
  const what =
    unproved.length === 0
      ? `its ${gating.length} groups had read it`
      : `released without a proof that they had read it: ${listed(unproved)}`;
  return kept.end('done', `somebody deleted blue; ${what}; ${by} answers for that`);
}

async function openKept(deps: Dependencies, input: StepInput, pace: Pace) {
  await proveEvidence(deps, input.deployment);
  const scope = await scopeOf(deps, input);
  return { scope, kept: await KeptLedger.open(deps, input.deployment, scope, { pace, begun: firstBegun() }) };
}
