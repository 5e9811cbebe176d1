/** Approves what waits for it, as an operator who has looked first. Bake ends by itself; an approval would only end it early. */

import type { Gate } from '../../contract/phases.ts';
import type { Status } from '../../contract/status.ts';
import type { Colour } from '../samples.ts';
import { OPERATOR, type Play, type Scene } from './scenario.ts';

/** What a cluster is to hold before anybody decides about it. */
const ENOUGH_RECORDS = 10_000;

export function approving(scene: Scene, gates: readonly Gate[] = ['flip', 'decommission']): Play {
  const approved = new Set<Gate>();
  return async status => {
    const gate = openGate(status);
    if (gate === null || !gates.includes(gate) || approved.has(gate)) return;
    // A slow machine takes longer until there is something to judge.
    if (recordsOn(scene, gate === 'flip' ? 'blue' : 'green') < ENOUGH_RECORDS) return;
    sayWhatIsDone(scene, status);
    if (gate === 'decommission') await scene.lookBeforeDeletion();
    await scene.send({ name: 'approve', by: OPERATOR, gate, reason: undefined });
    approved.add(gate);
  };
}

/** How many of the applications' records the auditor has seen in the cluster's log. */
export function recordsOn({ journal }: Pick<Scene, 'journal'>, colour: Colour): number {
  return Object.values(journal.heldBy(colour)).reduce((sum, count) => sum + count, 0);
}

/** The gate at which the run waits for an approval. */
export function openGate({ waitingFor }: Status): Gate | null {
  return waitingFor?.kind === 'gate' ? waitingFor.gate : null;
}

export function sayWhatIsDone(scene: Pick<Scene, 'say'>, { phases, waitingFor }: Status): void {
  scene.say(waitingFor?.kind === 'gate' ? `The run waits for the approval of ${waitingFor.gate}, after:` : 'So far:');
  for (const { phase, detail } of phases.filter(({ state }) => state === 'done'))
    scene.say(`  ✓ ${phase}${detail === null ? '' : `: ${detail}`}`);
}
